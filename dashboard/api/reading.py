"""Query strings and bodies as their routes declare them: read whole before anything is done.

Raises Declined with status 400 (413 for a body that is too large) and a sentence that names the
parameter.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, QueryDict
from django.http.request import UnreadablePostError

from dashboard.api.call import Declined, Param
from syncapp.core.values import Unreadable, parse_time

TICK = "takeSuppressionAway"
_WORDS = {"true": True, "false": False}
_DEEPEST = 5


def bad(code: str, message: str) -> NoReturn:
    """Status 400."""
    raise Declined(400, code, message)


def refuse_without_tick(given: Mapping[str, Any], why: str) -> None:
    """Taking a suppression away needs an explicit tick for that request (product.md §9)."""
    if not given[TICK]:
        bad("suppression_stays", f"{why} It needs {TICK}: true.")


def query_of(params: Sequence[Param], given: QueryDict) -> dict[str, Any]:
    """Every parameter, by its default where it is not given."""
    several = [name for name in given if len(given.getlist(name)) > 1]
    if several:
        bad("repeated_parameter", f"{several[0]!r} is given more than once.")
    return _read(params, {name: given[name] for name in given}, _from_text)


def body_of(params: Sequence[Param], given: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a JSON object."""
    return _read(params, given, _from_json)


def json_of(request: HttpRequest) -> dict[str, Any]:
    """The body's JSON object; no body is an empty one."""
    try:
        raw = request.body
    except RequestDataTooBig as error:
        raise Declined(413, "too_large", "The body is larger than the API takes.") from error
    except UnreadablePostError as error:
        raise Declined(400, "cut_off", "The body did not arrive whole.") from error
    if not raw:
        return {}
    try:
        found = json.loads(raw.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Declined(400, "not_json", f"The body is not JSON: {str(error)[:200]}") from error
    if not isinstance(found, dict):
        bad("not_an_object", "The body must be a JSON object.")
    _storable(found, 0)
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number of JSON")


def _storable(value: Any, depth: int) -> None:
    """Text that PostgreSQL holds, not nested deeper than any body of ours."""
    if depth > _DEEPEST:
        bad("too_deep", f"The body is nested deeper than {_DEEPEST} levels.")
    if isinstance(value, str):
        _plain(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            _plain(name)
            _storable(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _storable(inner, depth + 1)


def _plain(text: str) -> None:
    if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
        bad("not_text", "It holds characters that are no UTF-8 text.")


def _read(params: Sequence[Param], given: Mapping[str, Any], read: Any) -> dict[str, Any]:
    known = {param.name: param for param in params}
    for name in given:
        if name not in known:
            names = ", ".join(known) or "none"
            bad("unknown_parameter", f"There is no parameter {name[:80]!r}. There are: {names}.")
    found = {}
    for name, param in known.items():
        value = given.get(name)
        if value is None or value == "":
            if param.required:
                bad("missing_parameter", f"{name!r} is missing: {param.about}")
            found[name] = param.default
        else:
            found[name] = _checked(param, read(param, value))
    return found


def _checked(param: Param, value: Any) -> Any:
    if param.choices and value not in param.choices:
        _wrong(param, f"one of {', '.join(param.choices)}")
    if isinstance(value, str) and len(value) > param.longest:
        _wrong(param, f"no longer than {param.longest} characters")
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole and not param.least <= value <= param.most:
        _wrong(param, f"between {param.least} and {param.most}")
    if param.kind == "datetime":
        try:
            return parse_time(value)
        except Unreadable:
            _wrong(param, "a date and time such as 2026-11-20T12:00:00Z")
    return value


def _wrong(param: Param, wanted: str) -> NoReturn:
    bad("bad_parameter", f"{param.name!r} must be {wanted}.")


def _from_text(param: Param, text: str) -> Any:
    _plain(text)
    if param.kind == "integer":
        if not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit():
            _wrong(param, "a whole number")
        return int(text[:40])
    if param.kind == "boolean":
        if text.lower() not in _WORDS:
            _wrong(param, "true or false")
        return _WORDS[text.lower()]
    return text


_TYPES: dict[str, type] = {"integer": int, "boolean": bool, "object": dict, "strings": list}


def _from_json(param: Param, value: Any) -> Any:
    wanted = _TYPES.get(param.kind, str)
    fits = isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
    if param.kind == "strings" and fits:
        fits = all(isinstance(one, str) for one in value)
    if not fits:
        _wrong(param, {"strings": "a list of text"}.get(param.kind, f"of type {param.kind}"))
    return value
