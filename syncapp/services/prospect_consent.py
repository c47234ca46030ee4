"""Create and change prospects for programs, whose consent goes another way than a person's edit.

The API may add a suppression; taking one away needs a role that may do it by hand and an explicit
tick for that request (product.md §9). All of a request is done, or nothing.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from syncapp.core.mailability import Event
from syncapp.models import BusinessUnit
from syncapp.services import mailability, prospect_edit
from syncapp.services.mailability import ByHand
from syncapp.services.prospect_values import CONSENT, Reader
from syncapp.services.refused import Refused

_TAKES_AWAY = {"opted_out": ByHand.OPT_IN, "do_not_email": ByHand.CLEAR_DO_NOT_EMAIL}
_ADDS = {"opted_out": ByHand.OPT_OUT, "do_not_email": ByHand.DO_NOT_EMAIL}


def create(
    *,
    unit: BusinessUnit,
    email: str,
    given: Mapping[str, object],
    take_away: bool,
    actor: str,
    now: datetime,
) -> int:
    """A new prospect with the values of `given`; its id. Raises Refused."""
    consent, rest = _parted(unit, given)
    with transaction.atomic():
        made = prospect_edit.create(unit=unit, email=email, given=rest, actor=actor, now=now)
        _consent(unit, made, consent, take_away, actor, now)
    return made


def change(
    *,
    unit: BusinessUnit,
    prospect_id: int,
    given: Mapping[str, object],
    take_away: bool,
    actor: str,
    now: datetime,
) -> None:
    """Change a prospect; `take_away` ticks that a suppression may end. Raises Refused."""
    consent, rest = _parted(unit, given)
    with transaction.atomic():
        prospect_edit.change(unit=unit, prospect_id=prospect_id, given=rest, actor=actor, now=now)
        _consent(unit, prospect_id, consent, take_away, actor, now)


def _parted(
    unit: BusinessUnit, given: Mapping[str, object]
) -> tuple[dict[str, bool], dict[str, object]]:
    told = {key: value for key, value in given.items() if key in CONSENT}
    rest = {key: value for key, value in given.items() if key not in CONSENT}
    return (Reader(unit).read(told).consent if told else {}), rest


def _consent(
    unit: BusinessUnit,
    prospect_id: int,
    consent: Mapping[str, bool],
    take_away: bool,
    actor: str,
    now: datetime,
) -> None:
    """What is added comes last: of a request that contradicts itself the suppression stays."""
    for key, wanted in sorted(consent.items(), key=lambda one: one[1]):
        has = unit.prospects.values("email", key).get(pk=prospect_id)
        if has[key] is wanted:
            continue
        if not wanted and not take_away:
            raise Refused(
                "suppression_stays",
                f"{has['email'] or prospect_id} is suppressed ({key}). Taking that away needs "
                "takeSuppressionAway=true in the query of this request.",
            )
        if key == "opted_out" and wanted and has["email"]:
            mailability.event(
                unit=unit, email=has["email"], event=Event.UNSUBSCRIBE, actor=actor, now=now,
                why="API",
            )  # fmt: skip
            continue
        action = _ADDS[key] if wanted else _TAKES_AWAY[key]
        mailability.by_hand(
            unit=unit, prospect_id=prospect_id, action=action, actor=actor, now=now, why="API"
        )
