"""What people write beside results: notes, links to issues, pins, and issues that are known."""
