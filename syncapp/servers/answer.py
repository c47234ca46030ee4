"""The three things a server can say when it is asked whether it is there."""

from enum import Enum


class Answer(Enum):
    """What a server says when asked whether it is there."""

    NONE = "none"
    STARTING = "starting"
    READY = "ready"
