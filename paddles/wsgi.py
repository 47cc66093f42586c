"""What gunicorn loads: ``gunicorn -c gunicorn_config.py paddles.wsgi:application``.

``PADDLES_CONFIG`` names the configuration, ``config.py`` in the working directory when it is not set.
"""

import os

from pecan.deploy import deploy

application = deploy(os.environ.get("PADDLES_CONFIG", "config.py"))
