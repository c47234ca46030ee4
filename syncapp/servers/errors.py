"""The one error of this package: its text says what happened, to what, and what to do."""


class ServersError(RuntimeError):
    """An embedded server cannot start, answer or stop."""
