"""What a machine boots and runs: scripts, job.yaml, job.sh and the archive that carries them."""
