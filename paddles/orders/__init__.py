"""What people order of runs and jobs: that they end, are done again, or come sooner."""
