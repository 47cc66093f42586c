"""Feeds: sources that are real servers, and what is brought from them."""
