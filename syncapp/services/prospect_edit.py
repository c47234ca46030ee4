"""Create and edit prospects by hand: checked, told in history, synced at the next cycle.

Consent goes the way of `mailability.by_hand`, with its rights and for the whole address; all else
is one edit (product.md §5, §9).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError

from syncapp.core.addresses import NO_ADDRESS, at_new_address, suppressed_by
from syncapp.core.slots import same_email
from syncapp.core.types import FieldWrite, LinkState, MailabilityModel, Rule, Side, Trigger, Value
from syncapp.core.types import Prospect as Loaded
from syncapp.core.values import valid_email
from syncapp.models import BusinessUnit
from syncapp.services import mailability
from syncapp.services.access import Right, require
from syncapp.services.mailability import ByHand
from syncapp.services.prospect_values import Reader, Wanted
from syncapp.services.refused import Refused
from syncapp.store import addresses, prospects
from syncapp.store.creations import OwnProspect, insert_own
from syncapp.store.edits import Edit, Editor
from syncapp.store.fields import ChangedMeanwhile
from syncapp.store.prospects import Loader
from syncapp.store.telling import changes
from syncapp.store.work import Work, work

_CONSENT_ACTIONS = {
    ("opted_out", True): ByHand.OPT_OUT,
    ("opted_out", False): ByHand.OPT_IN,
    ("do_not_email", True): ByHand.DO_NOT_EMAIL,
    ("do_not_email", False): ByHand.CLEAR_DO_NOT_EMAIL,
}


def create(
    *, unit: BusinessUnit, email: str, given: Mapping[str, object], actor: str, now: datetime
) -> int:
    """A new prospect, or the one with this email taken out of the recycle bin; its id."""
    require(actor=actor, unit=unit, right=Right.PROSPECTS)
    if not valid_email(email.strip()):
        raise Refused("invalid_email", f"{email!r} is not an email address.")
    wanted = Reader(unit).read({**given, "email": email.strip()})
    _may_set_consent(unit, wanted, actor)
    holders = Loader(unit.pk, ()).by_emails([email.strip().lower()])
    try:
        if not unit.allow_multiple_prospects_per_email and holders:
            prospect_id = _take_back(unit, holders, wanted, actor, now)
        else:
            prospect_id = _insert(unit, wanted, actor, now)
    except IntegrityError as error:  # somebody else was first
        raise Refused("email_in_use", f"{unit.name} has a prospect {email} already.") from error
    _consent(unit, prospect_id, wanted, actor, now)
    return prospect_id


def change(
    *,
    unit: BusinessUnit,
    prospect_id: int,
    given: Mapping[str, object],
    actor: str,
    now: datetime,
    version: int | None = None,
) -> list[str]:
    """Edit a prospect; the changed fields. Raises Refused; ChangedMeanwhile for an old `version`.

    `given` are field keys and assigned_user, do_not_sync, archived; all of it is checked first.
    """
    require(actor=actor, unit=unit, right=Right.PROSPECTS)
    wanted = Reader(unit).read(given)
    _may_set_consent(unit, wanted, actor)
    changed = _edit(unit, prospect_id, wanted, actor, now, version)
    return changed + _consent(unit, prospect_id, wanted, actor, now)


def _may_set_consent(unit: BusinessUnit, wanted: Wanted, actor: str) -> None:
    for key in wanted.consent:
        right = Right.OPTED_OUT if key == "opted_out" else Right.DO_NOT_EMAIL
        require(actor=actor, unit=unit, right=right)


def _take_back(
    unit: BusinessUnit, holders: list[Loaded], wanted: Wanted, actor: str, now: datetime
) -> int:
    """An email in the recycle bin: adding the prospect by hand takes it out again."""
    for prospect in holders:
        if not prospect.archived:
            raise Refused("email_in_use", f"{unit.name} has a prospect {prospect.email} already.")
    wanted.special.setdefault("archived", False)
    _edit(unit, holders[0].id, wanted, actor, now, None)
    return holders[0].id


def _insert(unit: BusinessUnit, wanted: Wanted, actor: str, now: datetime) -> int:
    """A prospect that starts with what its address is known for."""
    email = str(wanted.values["email"]).lower()
    address = prospects.addresses(unit.pk, [email]).get(email, NO_ADDRESS)
    values: dict[str, Value] = dict(wanted.values)
    ticked = suppressed_by(address, MailabilityModel(unit.mailability_model))
    values.update(dict.fromkeys(ticked, True))
    user = wanted.special.get("assigned_user")
    made = OwnProspect(
        values,
        assigned_user=user if isinstance(user, int) else None,
        address=address,
        archived=bool(wanted.special.get("archived")),
        state=LinkState.DO_NOT_SYNC if wanted.special.get("do_not_sync") else LinkState.NONE,
    )
    shared = unit.allow_multiple_prospects_per_email
    with work(unit.pk, now, actor=actor) as current:
        ids = insert_own(unit.pk, [made], shared=shared, trigger=Trigger.EDIT, now=now)
        told: dict[str, Value] = {**values, "assigned_user": made.assigned_user}
        writes = [
            FieldWrite(key, Side.AE, None, value, Side.AE, Rule.MANUAL)
            for key, value in told.items()
            if value is not None
        ]
        current.changed(ids[0], changes(writes, _emails(unit)), now)
        addresses.date_bounces(ids, now)
    return ids[0]


def _edit(
    unit: BusinessUnit,
    prospect_id: int,
    wanted: Wanted,
    actor: str,
    now: datetime,
    version: int | None,
) -> list[str]:
    with work(unit.pk, now, actor=actor) as current:
        keys = [row.key for row in unit.fields.all()]
        found = Loader(unit.pk, keys).by_ids([prospect_id], lock=True)
        if not found:
            raise Refused("no_such_prospect", f"{unit.name} has no prospect {prospect_id}.")
        prospect = found[0]
        if version is not None and prospect.version != version:
            raise ChangedMeanwhile(
                f"{prospect.email or prospect.id} was changed meanwhile. Look at it again."
            )
        edit = _as_edit(unit, prospect, wanted)
        writes = _write(current, unit, edit)
        if "hard_bounced" in edit.facts:
            addresses.date_bounces([prospect_id], now)
        return [write.field for write in writes]


def _write(current: Work, unit: BusinessUnit, edit: Edit) -> list[FieldWrite]:
    editor = Editor(current, unit.pk, Rule.MANUAL, "manual", Trigger.EDIT, _emails(unit))
    writes = editor.add(edit)
    editor.write()
    return writes


def _as_edit(unit: BusinessUnit, prospect: Loaded, wanted: Wanted) -> Edit:
    """Everything but consent, with what a changed email brings along."""
    values: dict[str, Value] = dict(wanted.values)
    facts: dict[str, Any] = {}
    if "assigned_user" in wanted.special:
        values["assigned_user"] = wanted.special["assigned_user"]  # type: ignore[assignment]
    if "company" in values and prospect.link.contact_id and prospect.link.account_id:
        raise Refused(
            "company_from_account",
            "Company is the name of the contact's account in Salesforce; change it there.",
        )
    archived = wanted.special.get("archived")
    if archived is not None:
        facts["archived"] = archived
    email = values.get("email", prospect.email)
    moves = "email" in values and not same_email(email, prospect.email)
    if moves or archived is False:
        _must_be_free(unit, prospect, email)
    if moves and email is not None:
        _new_address(unit, prospect, str(email), values, facts)
    return Edit(prospect, values, facts, _state(prospect, wanted.special.get("do_not_sync")))


def _must_be_free(unit: BusinessUnit, prospect: Loaded, email: Value) -> None:
    """Without AMPSEA an email belongs to one prospect outside the recycle bin."""
    if unit.allow_multiple_prospects_per_email or email is None:
        return
    taken = unit.prospects.filter(email_key=str(email).lower(), archived=False)
    if taken.exclude(pk=prospect.id).exists():
        raise Refused("email_in_use", f"{unit.name} has another prospect {email}.")


def _new_address(
    unit: BusinessUnit,
    prospect: Loaded,
    email: str,
    values: dict[str, Value],
    facts: dict[str, Any],
) -> None:
    """Bounces stay with the old address; opt-outs never end with it (product.md §5)."""
    address = prospects.addresses(unit.pk, [email.lower()]).get(email.lower(), NO_ADDRESS)
    model = MailabilityModel(unit.mailability_model)
    after = at_new_address(model, mailability.consent_of(prospect), address)
    values["opted_out"], values["do_not_email"] = after.opted_out, after.do_not_email
    facts["hard_bounced"], facts["soft_bounces"] = after.hard_bounced, after.soft_bounces
    facts["complained"] = after.complained


def _state(prospect: Loaded, do_not_sync: object) -> str | None:
    """Do not sync with CRM keeps the CRM IDs; lifting it makes the next sync a first link."""
    if do_not_sync is None:
        return None
    if do_not_sync:
        return LinkState.DO_NOT_SYNC
    if prospect.link.state is not LinkState.DO_NOT_SYNC:
        return None
    return LinkState.LINKED if prospect.link.record_id else LinkState.NONE


def _consent(
    unit: BusinessUnit, prospect_id: int, wanted: Wanted, actor: str, now: datetime
) -> list[str]:
    """Opted Out and Do Not Email, only where they differ from what the prospect has."""
    if not wanted.consent:
        return []
    has = unit.prospects.values(*wanted.consent).get(pk=prospect_id)
    changed = [key for key, value in wanted.consent.items() if has[key] is not value]
    for key in changed:
        mailability.by_hand(
            unit=unit,
            prospect_id=prospect_id,
            action=_CONSENT_ACTIONS[(key, wanted.consent[key])],
            actor=actor,
            now=now,
        )
    return changed


def _emails(unit: BusinessUnit) -> dict[int, str]:
    return dict(unit.users.values_list("pk", "email"))
