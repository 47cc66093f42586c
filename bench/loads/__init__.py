"""Small versions of what labs do all day, put on a running service, with figures and with everything looked up."""
