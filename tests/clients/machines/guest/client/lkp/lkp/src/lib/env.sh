# What every program of a job finds in its environment.
export LC_ALL=C
