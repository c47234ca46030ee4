"""Cut a span of Salesforce Ids into ranges of about equal size.

The first three characters name the object; the next twelve count up in base 62 (0-9A-Za-z), the
last three are a checksum.
"""

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VALUE = {digit: value for value, digit in enumerate(DIGITS)}
MOST = 64


def cut(first: str, last: str, size: int) -> list[tuple[str, str]]:
    """(after, up to) pairs that cover first..last; `after` is exclusive, "" before the first.

    At most 64 ranges, each spanning about `size` consecutive Ids.
    """
    low, high = _number(first), _number(last)
    parts = max(1, min(MOST, (high - low) // size + 1))
    step = (high - low) // parts + 1
    edges = [first[:3] + _text(edge) for edge in range(low + step, high, step)]
    return list(zip(["", *edges], [*edges, last], strict=True))


def _number(record_id: str) -> int:
    value = 0
    for digit in record_id[3:15]:
        value = value * 62 + _VALUE[digit]
    return value


def _text(value: int) -> str:
    digits = ""
    for _ in range(12):
        value, rest = divmod(value, 62)
        digits = DIGITS[rest] + digits
    return digits
