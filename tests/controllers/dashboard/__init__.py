"""The dashboard face over the wire."""
