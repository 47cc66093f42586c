"""The pages: what browsers are shown at the addresses where programs are answered in JSON."""
