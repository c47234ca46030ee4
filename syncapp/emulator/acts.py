"""Control requests that do what people do in Salesforce's own screens: convert, merge, undelete."""

from __future__ import annotations

from typing import Any

from .answer import Answer
from .convert import convert_lead
from .errors import refuse
from .merge import empty_bin, merge_records, undelete_records
from .org import Org
from .users import SALES

Body = dict[str, Any]


def acting_user(org: Org, body: Body) -> str:
    """Who does it: `username`, else the sales user."""
    username = body.get("username")
    if username is None:
        return SALES
    user_id = org.find_user(username)
    if user_id is None:
        raise refuse(400, "INVALID_USER", f"{username} is no user of this org")
    return user_id


def convert(org: Org, body: Body, _: str) -> Answer:
    """{"lead": id, "account": id | null, "contact": id | null, "opportunity": name | null}."""
    with org.db.transaction():
        return Answer(200, convert_lead(org, acting_user(org, body), body))


def merge(org: Org, body: Body, _: str) -> Answer:
    """{"master": id, "losers": [id], "fields": {...}}."""
    with org.db.transaction():
        return Answer(200, merge_records(org, acting_user(org, body), body))


def undelete(org: Org, body: Body, _: str) -> Answer:
    """{"ids": [...]}."""
    with org.db.transaction():
        return Answer(200, undelete_records(org, acting_user(org, body), body["ids"]))


def empty(org: Org, body: Body, _: str) -> Answer:
    """{"ids": [...]} or nothing for all."""
    with org.db.transaction():
        return Answer(200, {"removed": empty_bin(org, body.get("ids"))})
