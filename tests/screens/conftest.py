"""A unit with prospects, runs and history, and somebody of every role in front of it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from syncapp.core.upgrade import steps as core_steps
from syncapp.models import (
    ApiToken,
    Backup,
    BusinessUnit,
    ChangeRequest,
    Conflict,
    Connector,
    ImportFile,
    Membership,
    Preview,
    PreviewChange,
    PreviewPerson,
    Prospect,
    ProspectLink,
    SyncCursor,
    SyncError,
    SyncRun,
    Upgrade,
)
from syncapp.services import change_run, preview_answer, tokens
from syncapp.services.config_export import rules_hash
from syncapp.services.rules import schema_json
from syncapp.services.units import create_unit
from syncapp.store.backups import COLUMNS
from syncapp.store.work import work
from tests.core.build import SCHEMA

T0 = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ROLES = ("administrator", "marketing", "support")
ENCRYPTION_KEY = Fernet.generate_key().decode()


def make_unit(slug: str, kind: int = 2, state: str = "running", **settings: object) -> BusinessUnit:
    """A unit with its connector as the product makes it, already known to its org."""
    unit = create_unit(
        slug=slug, name=slug.upper(), connector_version=kind, actor="console", now=T0, **settings
    )
    Connector.objects.filter(unit=unit).update(
        state=state,
        login_url="http://127.0.0.1:1",
        client_id="syncline",
        client_secret_env="SYNCLINE_SF_SECRET",
        organization_id="00D000000000001AAA",
        last_cycle_at=timezone.now(),
        api_used=120,
        api_allowed=15000,
    )
    SyncCursor.objects.create(connector=unit.connector, sobject="Lead", stamp="2026-11-20")
    return BusinessUnit.objects.select_related("connector").get(pk=unit.pk)


@pytest.fixture
def emea(db: None) -> BusinessUnit:
    """A running v2 unit."""
    return make_unit("emea")


@pytest.fixture
def reader(db: None) -> Callable[..., Client]:
    """`reader("support", emea)` is a browser of somebody with that role."""

    def make(
        role: str = "administrator", unit: BusinessUnit | None = None, name: str = ""
    ) -> Client:
        name = name or f"{role}-{unit.slug if unit else 'x'}"
        user = get_user_model().objects.create_user(name)
        if unit is not None:
            Membership.objects.create(unit=unit, user=user, role=role)
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def admin(reader: Callable[..., Client], emea: BusinessUnit) -> Client:
    """The browser of an administrator of EMEA."""
    return reader("administrator", emea)


def add_prospect(unit: BusinessUnit, email: str | None, *, link: dict | None = None, **fields):
    """A prospect with its link; `link` holds the link's own columns."""
    prospect = Prospect.objects.create(
        unit=unit, email=email, created_at=T0, updated_at=T0, **fields
    )
    ProspectLink.objects.create(prospect=prospect, unit=unit, **(link or {"state": "none"}))
    return prospect


def linked(number: int) -> dict[str, str]:
    """The link of a prospect with lead `number`."""
    return {"state": "linked", "lead_id": f"00Q{number:012}AAA"}


def add_run(unit: BusinessUnit, **values: object) -> SyncRun:
    """A run; complete unless `values` say otherwise."""
    made = {
        "kind": "cycle",
        "trigger": "schedule",
        "state": "complete",
        "created_at": T0,
        "started_at": T0,
        "ended_at": T0 + timedelta(seconds=75),
        "api_calls": 3,
        "counts": {"seen": 4, "applied": 2, "unchanged": 1, "held": 0, "failed": 1, "inbound": 4},
    }
    return SyncRun.objects.create(unit=unit, **(made | values))


def tell(prospect: Prospect, *changes: dict, run: SyncRun | None = None, actor: str = "", **times):
    """A history row, written as the product writes it."""
    with work(prospect.unit_id, times.pop("now", T0), actor=actor, run_id=run and run.pk) as now:
        now.changed(prospect.pk, list(changes), **times)


def knows_its_org(unit: BusinessUnit) -> None:
    """The connector has described an org, so that rules can be loaded."""
    Connector.objects.filter(unit=unit).update(schema=schema_json(SCHEMA))


def add_token(unit: BusinessUnit, name: str = "shop", role: str = "reader") -> ApiToken:
    """An API token, as the product makes it."""
    return tokens.create(
        unit=unit, name=name, role=role, days=None, actor="console", now=timezone.now()
    )[0]


def add_data(unit: BusinessUnit, pk: int = 900_000) -> dict[str, object]:
    """An import that was looked at, a verified backup and the preview of a restore from it."""
    told = {"rows": 2, "created": 1, "updated": 0, "unchanged": 0, "failed": 1, "errors": []}
    told["errors"] = [{"line": 3, "email": "nobody", "reason": "It is no email address."}]
    ImportFile.objects.create(
        pk=pk, unit=unit, name="people.csv", content=b"", preview=told, created_by="ann",
        created_at=T0,
    )  # fmt: skip
    backup = Backup.objects.create(
        pk=pk, unit=unit, state="verified", columns=list(COLUMNS), created_by="ann", created_at=T0,
        mailability_model="upgraded",
    )  # fmt: skip
    options = {"backup": pk, "fields": [], "prospects": [], "opt_ins": False, "preview": True}
    run = add_run(unit, kind="restore", options=options)
    person = unit.prospects.first()
    run.undo_items.create(prospect=person, field="city", side="ae", old="Turku", new="Oslo")
    return {"<int:pk>": backup, "<int:run>": run}


def add_conflict(prospect: Prospect, kind: str = "both_changed", **values: object) -> Conflict:
    """An open conflict: Espoo here, Turku in Salesforce, which won."""
    made = {
        "field": "city",
        "ae_value": "Espoo",
        "sf_value": "Turku",
        "decided": "sf",
        "rule": "salesforce",
        "agreed": ["Oslo"],
        "created_at": T0,
        "updated_at": T0,
    }
    return Conflict.objects.create(
        unit_id=prospect.unit_id, prospect=prospect, kind=kind, **(made | values)
    )


def add_held(prospect: Prospect, field: str = "opted_out", **values: object) -> Conflict:
    """A held opt-in that Salesforce asks for."""
    looser = {"ae_value": True, "sf_value": False, "agreed": []}
    return add_conflict(prospect, "held_by_guard", field=field, **(looser | values))


def add_error(prospect: Prospect, code: str = "STRING_TOO_LONG", **values: object) -> SyncError:
    """An open sync error of the city."""
    made = {
        "field": "city",
        "message": "City: data value too large",
        "created_at": T0,
        "updated_at": T0,
    }
    return SyncError.objects.create(
        unit_id=prospect.unit_id, prospect=prospect, code=code, **(made | values)
    )


def change(field: str, old: object, new: object, rule: str, side: str = "ae", winner: str = "sf"):
    """One entry of a history row."""
    return {
        "field": field,
        "side": side,
        "old": old,
        "new": new,
        "winner": winner,
        "rule": rule,
    }


def private_key(bits: int = 2048) -> str:
    """An RSA key of somebody's own, as a PEM file has it."""
    key = generate_private_key(public_exponent=65537, key_size=bits)
    form = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return pem.decode()


PROPOSED = "business_unit: {slug: %s}\nfields: {city: {behavior: account_engagement}}\n"
DIFFERENCE = {
    "path": ["fields", "city", "behavior"],
    "before": "salesforce",
    "after": "account_engagement",
}


def add_preview(unit: BusinessUnit, *cities: Prospect, red: Sequence[Prospect] = ()) -> SyncRun:
    """A finished preview: Espoo goes to the records of `cities`, `red` become mailable again."""
    run = add_run(unit, kind="preview")
    PreviewChange.objects.bulk_create(
        PreviewChange(
            run=run,
            prospect_id=one.pk,
            prospect=one.email,
            field="opted_out" if one in red else "city",
            side="sf",
            old=True if one in red else "Turku",
            new=False if one in red else "Espoo",
            winner="ae",
            rule="account_engagement",
            caused=True,
            held=False,
        )
        for one in (*cities, *red)
    )
    consent = {"to_ae": False, "to_salesforce": True, "opted_in_there": True, "held": False}
    statuses = {"before": "transactional_only", "without": "transactional_only"}
    PreviewPerson.objects.bulk_create(
        PreviewPerson(
            run=run,
            prospect_id=one.pk,
            prospect=one.email,
            after="mailable",
            caused=True,
            **consent,
            **statuses,
        )
        for one in red
    )
    found = {"caused": len(cities) + len(red), "becomes_mailable": len(red), "conflicts": 2}
    zero = dict.fromkeys(("already_waiting", "prevented", "held_changes", "consent_to_ae"), 0)
    Preview.objects.create(
        run=run,
        counts={**zero, **found, **preview_answer.caused(run)},
        statuses={"before": {"transactional_only": 1}, "after": {"mailable": 1}},
        api_calls=7,
        created_at=timezone.now(),
    )
    return run


def add_proposal(
    unit: BusinessUnit, *cities: Prospect, red: Sequence[Prospect] = (), **values: object
) -> ChangeRequest:
    """Mia proposed Account Engagement's value for the city; it is previewed and waits."""
    made = {
        "source": PROPOSED % unit.slug,
        "differences": [DIFFERENCE],
        "why": "Sales type it here",
        "state": "proposed",
        "rules_hash": rules_hash(unit),
        "preview_run_id": add_preview(unit, *cities, red=red).pk,
        "previewed_at": timezone.now(),
        "proposed_by": "mia",
        "proposed_at": timezone.now(),
    }
    return ChangeRequest.objects.create(unit=unit, **(made | values))


def add_upgrade(unit: BusinessUnit, **values: object) -> Upgrade:
    """A wizard on the new path that waits for its preview to be acknowledged."""
    steps = [
        {"code": step.value, "state": "done" if place < 3 else "ahead", "detail": "", "reason": ""}
        for place, step in enumerate(core_steps("new", unit.connector.kind))
    ]
    steps[3].update(state="waiting", reason="acknowledge_preview")
    made = {
        "path": "new",
        "state": "waiting",
        "steps": steps,
        "preview_run_id": add_preview(unit).pk,
        "message": "The preview shows: 0 prospects become mailable, 0 stop being mailable.",
        "started_by": "adam",
        "started_at": T0,
    }
    return Upgrade.objects.create(unit=unit, **(made | values))


def add_review(unit: BusinessUnit, *people: Prospect, spared: Sequence[Prospect] = ()) -> SyncRun:
    """A finished review of the suggested clean-ups; who is `spared` keeps Do Not Email."""
    options = {"groups": ["bounced", "opted_out"], "review": True}
    run = add_run(unit, kind="cleanup", options=options)
    for one in (*people, *spared):
        reason = "syncs_with_salesforce" if one in spared else ""
        run.undo_items.create(
            prospect=one, field="do_not_email", side="ae", old=True, new=False, reason=reason
        )
    return run


def add_applied(unit: BusinessUnit, **values: object) -> ChangeRequest:
    """A proposal that was applied; the settings are as its run left them."""
    run = add_run(unit, kind="change")
    made = {"state": "applied", "applied_run_id": run.pk, "decided_by": "adam"}
    change = add_proposal(unit, **(made | values))
    run.options = {
        "change": change.pk,
        "inverse": change_run.inverse(unit, change.differences),
        "applied": rules_hash(unit),
    }
    run.save()
    return change
