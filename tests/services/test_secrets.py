"""Secrets at rest open only with one of the keys, and keys can be rotated."""

import pytest
from cryptography.fernet import Fernet

from syncapp.services import secrets
from syncapp.services.refused import Refused

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_a_secret_comes_back_and_is_not_readable_meanwhile() -> None:
    stored = secrets.encrypt(secret="open sesame", keys=[OLD])
    assert "sesame" not in stored
    assert secrets.decrypt(stored=stored, keys=[OLD]) == "open sesame"


def test_an_old_key_still_opens_what_it_closed() -> None:
    stored = secrets.encrypt(secret="open sesame", keys=[OLD])
    assert secrets.decrypt(stored=stored, keys=[NEW, OLD]) == "open sesame"


def test_a_rotated_secret_needs_the_newest_key_alone() -> None:
    stored = secrets.encrypt(secret="open sesame", keys=[OLD])
    rotated = secrets.rotate(stored=stored, keys=[NEW, OLD])
    assert secrets.decrypt(stored=rotated, keys=[NEW]) == "open sesame"
    with pytest.raises(Refused) as refused:
        secrets.decrypt(stored=rotated, keys=[OLD])
    assert refused.value.code == "wrong_key"


@pytest.mark.parametrize(("keys", "code"), [([], "no_key"), (["short"], "bad_key")])
def test_missing_and_malformed_keys_say_what_to_do(keys: list[str], code: str) -> None:
    with pytest.raises(Refused, match="SYNCLINE_ENCRYPTION_KEYS") as refused:
        secrets.encrypt(secret="open sesame", keys=keys)
    assert refused.value.code == code


def test_no_refusal_shows_the_secret_or_a_key() -> None:
    stored = secrets.encrypt(secret="open sesame", keys=[OLD])
    with pytest.raises(Refused) as refused:
        secrets.rotate(stored=stored, keys=[NEW])
    assert not any(word in str(refused.value) for word in ("sesame", stored, NEW))
