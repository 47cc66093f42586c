"""Machines with signed tokens: a certificate in a folder says which keys are good, and for what tags."""

import datetime
import hashlib
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from paddles.accounts import certificates
from paddles.errors import Unauthenticated
from tests.conftest import NOW

LATER = int((NOW + datetime.timedelta(hours=1)).timestamp())


def certified(folder: Path, key: ec.EllipticCurvePrivateKey, *units: str, name: str = "a") -> str:
    """Put a certificate of a key into a folder and return the key's id."""
    attributes = [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit) for unit in units]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "farm"), *attributes])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / f"{name}.pem").write_bytes(made.public_bytes(Encoding.PEM))
    return hashlib.sha256(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def token(key: Any, kid: str | None, algorithm: str = "ES256", **claims: Any) -> str:
    """Return a token that a key has signed."""
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid} if kid else {})


@pytest.mark.parametrize(("curve", "algorithm"), [(ec.SECP256R1(), "ES256"), (ec.SECP256K1(), "ES256K")])
def test_a_good_token_names_its_machine(tmp_path: Path, curve: Any, algorithm: str) -> None:
    """With the tags that its key's certificate has, in lower case."""
    key = ec.generate_private_key(curve)
    kid = certified(tmp_path, key, "AMD64", "kvm")
    sent = token(key, kid, algorithm, name="w1", exp=LATER)

    found = certificates.shown(sent, certificates.signers(tmp_path), NOW)

    assert certificates.Shown("w1", frozenset(("amd64", "kvm"))) == found


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": LATER},
        {"name": "w1"},
        {"name": "w1", "exp": int(NOW.timestamp())},
        {"name": "", "exp": LATER},
        {"name": 7, "exp": LATER},
    ],
    ids=["no name", "no exp", "expired", "blank", "a number"],
)
def test_a_token_that_says_too_little_is_refused(tmp_path: Path, claims: dict[str, Any]) -> None:
    """It has to say its machine, and until when."""
    key = ec.generate_private_key(ec.SECP256R1())
    kid = certified(tmp_path, key)

    with pytest.raises(Unauthenticated):
        certificates.shown(token(key, kid, **claims), certificates.signers(tmp_path), NOW)


def test_only_keys_of_the_folder_are_believed(tmp_path: Path) -> None:
    """No key id, an unknown one, and the signature of another key are refused, and so is what is no token."""
    key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    kid = certified(tmp_path, key)
    good = {"name": "w1", "exp": LATER}
    wrong = [
        token(key, None, **good),
        token(key, "0" * 64, **good),
        token(other, kid, **good),
        token("k" * 32, kid, "HS256", **good),
        "no.token.",
        "",
        "x" * 20_000,
    ]

    for sent in wrong:
        with pytest.raises(Unauthenticated):
            certificates.shown(sent, certificates.signers(tmp_path), NOW)


def test_a_certificate_that_comes_later_is_read(tmp_path: Path) -> None:
    """Without a new start of the service; one that is taken away is forgotten, and what is none does no harm."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    first = certified(tmp_path, keys[0], name="first")
    assert {first} == set(certificates.signers(tmp_path))

    second = certified(tmp_path, keys[1], name="second")
    (tmp_path / "none.pem").write_text("no certificate")
    assert {first, second} == set(certificates.signers(tmp_path))

    (tmp_path / "first.pem").unlink()
    assert {second} == set(certificates.signers(tmp_path))
    assert {} == certificates.signers(None) == certificates.signers(tmp_path / "nowhere")
