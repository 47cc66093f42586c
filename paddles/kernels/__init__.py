"""What is known of kernels beside the jobs that built and booted them."""
