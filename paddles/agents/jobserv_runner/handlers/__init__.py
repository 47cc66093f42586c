"""How runs are executed, by the type of their trigger: each module has a class ``handler`` with ``execute``."""
