"""The writer of a call: the caller's user, and what the headers say about duplicates."""

from __future__ import annotations

from .answer import Call
from .schema.objects import SObject
from .writer import Writer


def writer_of(call: Call, sobject: SObject, stamp: str | None = None) -> Writer:
    """A writer for one object; records of one call share its stamp."""
    header = call.headers.get("sforce-duplicate-rule-header", "")
    allow_save = "allowsave=true" in header.replace(" ", "").lower()
    return Writer(call.org, call.user_id, sobject, stamp, allow_save=allow_save)
