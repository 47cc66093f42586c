"""The JobServ face, over WSGI."""
