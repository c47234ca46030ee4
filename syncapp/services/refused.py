"""How services say no: one exception with a reason code and a sentence a person can act on."""

from collections.abc import Iterable

from syncapp.core.refusals import Refusal
from syncapp.store.fields import ChangedMeanwhile

__all__ = ["ChangedMeanwhile", "Refused", "RefusedSettings"]


class Refused(Exception):
    """Nothing was changed; `code` is the reason, the text says what happened and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def reasons(self) -> list[Refusal]:
        """Each reason with the setting it is about (`where`, "" for none)."""
        return [Refusal(self.code, self.message)]


class RefusedSettings(Refused):
    """Settings that may not be so, with everything that is wrong about them."""

    def __init__(self, reasons: Iterable[Refusal]) -> None:
        self._reasons = list(reasons)
        super().__init__(self._reasons[0].code, " ".join(one.message for one in self._reasons))

    @property
    def reasons(self) -> list[Refusal]:
        """Each reason with the path of its setting."""
        return self._reasons
