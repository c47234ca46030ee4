"""Record ids: three letters for the object, an instance, a number; 15 characters case-sensitive.

The 18-character form adds a checksum of the capitals, so that it survives case folding. Ids of
one object sort in the order in which they were given out.
"""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
INSTANCE = "Hs"
SHORT, LONG = 15, 18
DIGITS = SHORT - 3 - len(INSTANCE)


def make_id(prefix: str, number: int) -> str:
    """The 18-character id of the `number`-th record of an object."""
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = ALPHABET[rest] + digits
    short = prefix + INSTANCE + digits.rjust(DIGITS, "0")
    return short + checksum(short)


def checksum(short: str) -> str:
    """Three characters, one for each five of a 15-character id: which of them are capitals."""
    return "".join(
        CHECKSUM[
            sum(1 << i for i, letter in enumerate(short[start : start + 5]) if letter.isupper())
        ]
        for start in (0, 5, 10)
    )


def number_of(record_id: str) -> int:
    """The running number inside an id; the inverse of make_id."""
    number = 0
    for letter in record_id[3 + len(INSTANCE) : SHORT]:
        number = number * 62 + ALPHABET.index(letter)
    return number


def long_id(value: object) -> str | None:
    """A 15- or 18-character id as 18 characters; None when it is not an id at all."""
    if not isinstance(value, str) or not value.isalnum() or not value.isascii():
        return None
    if len(value) == SHORT:
        return value + checksum(value)
    return value if len(value) == LONG else None
