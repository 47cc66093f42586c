"""Tests of what is known of kernels."""
