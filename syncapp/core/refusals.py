"""Why a setting or action is refused: a reason code and a sentence that says what to do."""

from typing import NamedTuple


class Refusal(NamedTuple):
    """One reason; `where` is the setting's path in the configuration file (interface.md §4)."""

    code: str
    message: str
    where: str = ""
