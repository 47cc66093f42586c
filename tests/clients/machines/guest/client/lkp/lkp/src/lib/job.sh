# run_test NAME=VALUE... PROGRAM ARGUMENTS: run a program of the job with its options.
run_test() { env "$@"; }
