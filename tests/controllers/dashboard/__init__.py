"""The dashboard face over HTTP."""
