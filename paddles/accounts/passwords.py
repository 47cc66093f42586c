"""Hashes of passwords, with argon2id. Pure, and slow on purpose: no connection is held and no lock taken meanwhile.

The cost is memory, in KiB, passed over twice: 19 MiB is what OWASP's Password Storage Cheat Sheet asks for at least.
"""

import functools
import hashlib
import secrets

import argon2

PASSES, LANES = 2, 1
# What comparing with a hash that was made elsewhere may cost: twice the memory that argon2's libraries use unless told.
MOST_KIB, MOST_PASSES, MOST_LANES = 131_072, 10, 16


def hashed(password: str, memory_kib: int) -> str:
    """Return the hash of a password, with its salt and its cost in front."""
    return _hasher(memory_kib).hash(password)


def fits(stored: str, password: str) -> bool:
    """Return whether ``stored`` is a hash of ``password``; takes as long in either case."""
    try:
        return argon2.PasswordHasher().verify(stored, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def comparable(stored: str) -> bool:
    """Return whether a hash that was made elsewhere is one that :func:`fits` can compare with, at a bearable cost."""
    try:
        cost = argon2.extract_parameters(stored)
    except argon2.exceptions.InvalidHashError:
        return False
    return cost.memory_cost <= MOST_KIB and cost.time_cost <= MOST_PASSES and cost.parallelism <= MOST_LANES


def outdated(stored: str, memory_kib: int) -> bool:
    """Return whether a hash was made at another cost than a new one would be."""
    return _hasher(memory_kib).check_needs_rehash(stored)


@functools.cache
def decoy(memory_kib: int) -> str:
    """Return the hash of a password that nobody knows: to compare with where there is no user."""
    return hashed(secrets.token_hex(), memory_kib)


def fingerprint(stored: str) -> str:
    """Return what tells that a hash is still the same without telling what it is."""
    return hashlib.sha256(stored.encode()).hexdigest()


def _hasher(memory_kib: int) -> argon2.PasswordHasher:
    return argon2.PasswordHasher(time_cost=PASSES, memory_cost=memory_kib, parallelism=LANES)
