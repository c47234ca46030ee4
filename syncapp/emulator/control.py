"""/__emulator__/: what a test or a demo does to the org from outside. Not counted as API calls."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from . import acts
from .answer import Answer
from .errors import refuse
from .limits import DAILY
from .merge import purge_bin
from .org import Org
from .permission_rows import rewrite

Body = Any
LONG = "LongRequests"
Handler = Callable[[Org, Body, str], Answer]


def _health(org: Org, _: Body, __: str) -> Answer:
    return Answer(200, {"status": "ok", "organization": org.organization_id, "pid": os.getpid()})


def _reset(org: Org, body: Body, _: str) -> Answer:
    org.reset((body or {}).get("seed", "empty"))
    return Answer(200, {"organization": org.organization_id})


def _clock(org: Org, body: Body, _: str) -> Answer:
    org.clock.advance(float(body.get("advance_seconds", 0)))
    purge_bin(org)
    org.remember()
    return Answer(200, {"now": org.clock.stamp(), "offset_seconds": org.clock.offset_seconds})


def _now(org: Org, _: Body, __: str) -> Answer:
    return Answer(200, {"now": org.clock.stamp(), "offset_seconds": org.clock.offset_seconds})


def _schema(org: Org, body: Body, _: str) -> Answer:
    org.change_schema(body)
    org.remember()
    return Answer(200, org.schema.changes)


def _permissions(org: Org, body: Body, _: str) -> Answer:
    org.access.grant(body)
    rewrite(org)
    org.touch_schema()
    org.remember()
    return Answer(200, org.access.permissions)


def _features(org: Org, body: Body, _: str) -> Answer:
    """{"person_accounts": true | false, and for the API users "hard_delete", "customize"}."""
    unknown = set(body) - {"person_accounts", "hard_delete", "customize"}
    if unknown or not body:
        known = "person_accounts, hard_delete and customize"
        message = f"features are {known}, not {', '.join(sorted(unknown))}"
        raise refuse(400, "INVALID_FEATURE", message)
    if "person_accounts" in body:
        org.use_person_accounts(bool(body["person_accounts"]))
    if "hard_delete" in body:
        org.access.hard_delete = bool(body["hard_delete"])
    if "customize" in body:
        org.access.customize = bool(body["customize"])
    org.remember()
    may = {"hard_delete": org.access.hard_delete, "customize": org.access.customize}
    return Answer(200, {"person_accounts": org.schema.person_accounts, **may})


def _bulk(org: Org, body: Body, _: str) -> Answer:
    """{"paused": true | false, "seconds_per_chunk": x}: how fast bulk jobs are worked on."""
    seconds = float(body.get("seconds_per_chunk", 0))
    org.pace.set(paused=bool(body.get("paused")), seconds_per_chunk=seconds)
    return Answer(200, {"paused": org.pace.paused, "seconds_per_chunk": seconds})


def _visibility(org: Org, body: Body, _: str) -> Answer:
    """{"username": {"Lead": "owner" | SOQL condition | null}}."""
    for username, rules in body.items():
        user_id = org.find_user(username)
        if user_id is None:
            raise refuse(400, "INVALID_USER", f"{username} is no user of this org")
        kept = org.access.visibility.setdefault(user_id, {})
        for name, rule in rules.items():
            sobject = org.schema.get(name)
            if sobject is None:
                raise refuse(400, "INVALID_TYPE", f"{name} is not an object of this org")
            if rule is None:
                kept.pop(sobject.name, None)
                continue
            if rule != "owner":
                org.access.condition(sobject, rule, "t")
            kept[sobject.name] = rule
    org.remember()
    return Answer(200, org.access.visibility)


def _history(org: Org, body: Body, _: str) -> Answer:
    org.track(body)
    org.remember()
    return Answer(200, {name: sorted(fields) for name, fields in org.history.items()})


def _rules(org: Org, body: Body, _: str) -> Answer:
    org.rules.replace(body)
    org.remember()
    return Answer(200, org.rules.given)


def _calls(org: Org, _: Body, __: str) -> Answer:
    return Answer(200, list(org.limits.log))


def _forget_calls(org: Org, _: Body, __: str) -> Answer:
    org.limits.log.clear()
    return Answer(204)


def _token(org: Org, body: Body, base_url: str) -> Answer:
    user_id = org.find_user(str(body.get("username", "")))
    if user_id is None:
        raise refuse(404, "NOT_FOUND", f"{body.get('username')} is no user of this org")
    token = org.sessions.open(org.organization_id, user_id)
    told = {"access_token": token, "instance_url": base_url, "user_id": user_id}
    if body.get("refresh"):
        told["refresh_token"] = org.sessions.refresh_token(user_id)
    return Answer(200, told)


def _apps(org: Org, body: Body, _: str) -> Answer:
    """{"client id": {"certificate" | "public_key": PEM, "secret", "user", "approved_users"}}."""
    org.apps.change(body)
    return Answer(200, {name: {"changed": sorted(values)} for name, values in body.items()})


def _list_apps(org: Org, _: Body, __: str) -> Answer:
    return Answer(200, org.apps.told())


def _faults(org: Org, body: Body, _: str) -> Answer:
    org.faults.replace(body if isinstance(body, list) else [body])
    return _list_faults(org, None, "")


def _list_faults(org: Org, _: Body, __: str) -> Answer:
    return Answer(200, [fault.as_json() for fault in org.faults.all])


def _limits(org: Org, body: Body, _: str) -> Answer:
    """{"max": n, "used": n} of the requests, or {"DailyBulkApiBatches": {"max", "used"}, ...}.

    {"LongRequests": {"max": n, "seconds": x}}: how many requests may run that long at once.
    """
    given = body if set(body) & {*DAILY, LONG} else {"DailyApiRequests": body}
    for name, numbers in given.items():
        if name == LONG:
            org.limits.long.set(numbers.get("max"), numbers.get("seconds"))
            continue
        if name not in DAILY:
            raise refuse(400, "INVALID_LIMIT", f"{name} is no limit; there are {', '.join(DAILY)}")
        org.limits.daily[name].set(numbers.get("max"), numbers.get("used"))
    requests = org.limits.requests
    return Answer(200, {"max": requests.maximum, "used": requests.used})


HANDLERS: dict[tuple[str, str], Handler] = {
    ("GET", "health"): _health,
    ("POST", "reset"): _reset,
    ("POST", "clock"): _clock,
    ("GET", "clock"): _now,
    ("PUT", "schema"): _schema,
    ("PUT", "permissions"): _permissions,
    ("PUT", "features"): _features,
    ("PUT", "bulk"): _bulk,
    ("PUT", "visibility"): _visibility,
    ("PUT", "history"): _history,
    ("PUT", "rules"): _rules,
    ("GET", "calls"): _calls,
    ("DELETE", "calls"): _forget_calls,
    ("POST", "convert"): acts.convert,
    ("POST", "merge"): acts.merge,
    ("POST", "undelete"): acts.undelete,
    ("POST", "empty_bin"): acts.empty,
    ("POST", "token"): _token,
    ("GET", "apps"): _list_apps,
    ("PUT", "apps"): _apps,
    ("POST", "faults"): _faults,
    ("GET", "faults"): _list_faults,
    ("PUT", "limits"): _limits,
}


def control(org: Org, method: str, name: str, body: Body, base_url: str) -> Answer:
    """The answer of one control request."""
    handler = HANDLERS.get((method, name))
    if handler is None:
        known = ", ".join(f"{verb} {path}" for verb, path in HANDLERS)
        raise refuse(404, "NOT_FOUND", f"{method} {name} is no control request; there are {known}")
    return handler(org, body, base_url)
