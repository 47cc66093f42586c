"""What a machine is given to run a job: boot scripts, job.yaml, job.sh and their archive. All of it is pure."""
