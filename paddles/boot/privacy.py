"""Which fields of a job are nobody else's business: they stand in no file that others may read."""

PRIVATE = frozenset("secrets my_email my_ssh_pubkey".split())


def private(name: str) -> bool:
    """Say whether a top-level field is kept out of job.yaml and job.sh: secrets, tokens, a person's address."""
    return name in PRIVATE or name.lower().endswith("token")
