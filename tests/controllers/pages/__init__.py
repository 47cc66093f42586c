"""The pages, as browsers are given them."""
