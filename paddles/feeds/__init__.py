"""Documents of kernels that are fetched from elsewhere, since nobody sends them: sources, and what came from them."""
