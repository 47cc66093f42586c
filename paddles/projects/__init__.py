"""Projects: what their definitions say, what becomes of it, and how it is kept from harm."""
