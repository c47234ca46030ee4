"""How services say no: one exception with a reason code and a sentence a person can act on."""

from syncapp.store.fields import ChangedMeanwhile

__all__ = ["ChangedMeanwhile", "Refused"]


class Refused(Exception):
    """Nothing was changed; `code` is the reason, the text says what happened and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
