"""Secrets at rest: Fernet with a list of keys, newest first; a plain secret is never shown.

The keys are given in by the caller (they come from the environment); every old key still decrypts,
so keys are rotated by putting a new one first and encrypting again.
"""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from syncapp.services.refused import Refused


def encrypt(*, secret: str, keys: Sequence[str]) -> str:
    """The secret as text that may be stored."""
    return _box(keys).encrypt(secret.encode()).decode()


def decrypt(*, stored: str, keys: Sequence[str]) -> str:
    """The secret again; Refused when none of the keys opened it."""
    try:
        return _box(keys).decrypt(stored.encode()).decode()
    except InvalidToken:
        raise Refused(
            "wrong_key",
            "None of the keys in SYNCLINE_ENCRYPTION_KEYS opens this secret. Add the key it was "
            "stored with, or enter the secret again.",
        ) from None


def rotate(*, stored: str, keys: Sequence[str]) -> str:
    """The same secret under the newest key."""
    try:
        return _box(keys).rotate(stored.encode()).decode()
    except InvalidToken:
        raise Refused(
            "wrong_key", "None of the keys in SYNCLINE_ENCRYPTION_KEYS opens this secret."
        ) from None


def _box(keys: Sequence[str]) -> MultiFernet:
    if not keys:
        raise Refused(
            "no_key",
            "No encryption key is set. Put one made by Fernet.generate_key() into "
            "SYNCLINE_ENCRYPTION_KEYS.",
        )
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        raise Refused(
            "bad_key",
            "A key in SYNCLINE_ENCRYPTION_KEYS is not a Fernet key (32 bytes, url-safe base64).",
        ) from None
