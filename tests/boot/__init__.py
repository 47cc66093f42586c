"""What a machine is given to run a job."""
