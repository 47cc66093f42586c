"""What people order of runs and jobs: that they end, are done again, come sooner, or are held."""
