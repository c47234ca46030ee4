"""What a visitor of the demo finds prepared: one of everything that a sync leaves for a person.

People edit both sides as the product's users and Salesforce's do; nothing is written past the
services. Whoever is named lives in the emulator's demo seed, or is made here.
"""

from dataclasses import dataclass
from typing import Protocol

from syncapp.core.mailability import Event
from syncapp.core.ports import Clock
from syncapp.models import BusinessUnit
from syncapp.services import mailability, prospect_edit
from syncapp.services.demo_units import CONNECTOR_USER, PREFERRED_LANGUAGE

MARKETING = "marketing"  # who edits prospects
# EMEA
BOTH_CHANGED = "vera.dubois@summit-hotels.example.com"
FAX_TOO_LONG = "lucia.santos@coral-builders.example.com"
WAITS_FOR_USER = "emeka.falk@quarry-insurance.example.com"
EMAIL_IN_USE, HAS_THE_EMAIL = (
    "leila.joshi@sierra-clinics.example.com", "bram.laine@lumen-energy.example.com",
)  # fmt: skip
DELETED = "dario.zielinski@redwood-energy.example.com"
DO_NOT_SYNC = "joao.jensen@polar-labs.example.com"
HARD_BOUNCED = "rosa.fischer@terra-analytics.example.com"
UNSUBSCRIBED = "nadia.pereira@amber-labs.example.com"
OPTED_OUT_BY_SALES = "ivo.moreau@sierra-networks.example.com"
BECOMES_A_LEAD = "maya.lind@sunrise-bakery.example.com"
NOBODY_ASSIGNED = "theo.brandt@old-mill.example.com"
# Americas
BOTH_CHANGED_TOO = "uma.nowak@fjord-systems.example.com"
NO_NUMBER = "ada.wagner@beacon-insurance.example.com"
OPTED_IN_BY_SALES = (
    "olga.bianchi@oak-clinics.example.com", "mateo.wong@zephyr-dairy.example.com",
)  # fmt: skip
DELETED_TOO = "karin.chen@umber-networks.example.com"
DO_NOT_SYNC_TOO = "arash.ivanova@orchard-analytics.example.com"
HARD_BOUNCED_TOO = "tess.suzuki@ivory-hotels.example.com"
SOFT_BOUNCED = "mei.lambert@indigo-analytics.example.com"
COMPLAINED = "leila.novak@crest-media.example.com"
DO_NOT_EMAIL = "mateo.dubois@vista-networks.example.com"
MOVES_TO_EMEA = "quentin.klein@maple-clinics.example.com"


class Org(Protocol):
    """The emulated org, as its administrator and its sales people use it."""

    def put(self, what: str, body: object) -> None:
        """Set up schema, permissions or visibility (interface.md §6, control)."""

    def change(self, email: str, **fields: object) -> None:
        """A sales person edits the record with the email; nothing when there is none."""

    def delete(self, email: str) -> None:
        """A sales person deletes it; nothing when there is none."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Both units and their org."""

    emea: BusinessUnit
    americas: BusinessUnit
    org: Org
    clock: Clock


def shape_org(org: Org) -> None:
    """EMEA's connector user has a role: it sees EMEA's people and those of no region."""
    language = {PREFERRED_LANGUAGE: {"type": "string", "length": 40, "label": "Preferred Language"}}
    org.put("schema", {"Lead": language, "Contact": language})
    seen = "Region__c = 'EMEA' OR Region__c = null"
    org.put("visibility", {CONNECTOR_USER: {"Lead": seen, "Contact": seen}})
    for email, spoken in ((BOTH_CHANGED, "English"), (FAX_TOO_LONG, "Finnish")):
        org.change(email, **{PREFERRED_LANGUAGE: spoken})


def before_the_first_sync(stage: Stage) -> None:
    """Somebody at a trade fair noted a person whom Salesforce has already, and assigned nobody."""
    _add(stage, WAITS_FOR_USER, first_name="Emeka", last_name="Falk", company="Quarry Insurance")


def after_the_first_sync(stage: Stage) -> None:
    """Both sides go on working: what the next sync finds."""
    _emea(stage)
    _americas(stage)


def _emea(stage: Stage) -> None:
    unit, org = stage.emea, stage.org
    _edit(stage, unit, BOTH_CHANGED, job_title="Managing Director")
    org.change(BOTH_CHANGED, Title="Chief Operating Officer")
    _edit(stage, unit, FAX_TOO_LONG, fax="+358 2 555 0110, please ring the front desk first")
    org.change(EMAIL_IN_USE, Email=HAS_THE_EMAIL)
    org.delete(DELETED)
    _edit(stage, unit, DO_NOT_SYNC, do_not_sync=True)
    _report(stage, unit, HARD_BOUNCED, Event.HARD_BOUNCE)
    _report(stage, unit, UNSUBSCRIBED, Event.UNSUBSCRIBE)
    org.change(OPTED_OUT_BY_SALES, HasOptedOutOfEmail=True)
    _add(
        stage, BECOMES_A_LEAD, first_name="Maya", last_name="Lind", company="Sunrise Bakery",
        city="Turku", country="Finland", assigned_user="ann@example.com",
    )  # fmt: skip
    _add(stage, NOBODY_ASSIGNED, first_name="Theo", last_name="Brandt", company="Old Mill")
    org.put("permissions", {f"Contact.{PREFERRED_LANGUAGE}": "hidden"})


def _americas(stage: Stage) -> None:
    unit, org = stage.americas, stage.org
    _edit(stage, unit, BOTH_CHANGED_TOO, job_title="Head of IT")
    org.change(BOTH_CHANGED_TOO, Title="Director of Infrastructure")
    _edit(stage, unit, NO_NUMBER, employees="about 2,400")
    for email in OPTED_IN_BY_SALES:
        org.change(email, HasOptedOutOfEmail=False)
    org.delete(DELETED_TOO)
    _edit(stage, unit, DO_NOT_SYNC_TOO, do_not_sync=True)
    _report(stage, unit, HARD_BOUNCED_TOO, Event.HARD_BOUNCE)
    for _ in range(3):
        _report(stage, unit, SOFT_BOUNCED, Event.SOFT_BOUNCE)
    _report(stage, unit, COMPLAINED, Event.COMPLAINT)
    _edit(stage, unit, DO_NOT_EMAIL, do_not_email=True)
    org.change(MOVES_TO_EMEA, Region__c="EMEA")


def _add(stage: Stage, email: str, **values: object) -> None:
    """Somebody adds a prospect to EMEA by hand, unless it is there."""
    if not _ids(stage.emea, email):
        prospect_edit.create(
            unit=stage.emea, email=email, given=values, actor=MARKETING, now=stage.clock.now()
        )


def _edit(stage: Stage, unit: BusinessUnit, email: str, **values: object) -> None:
    for prospect_id in _ids(unit, email):
        prospect_edit.change(
            unit=unit, prospect_id=prospect_id, given=values, actor=MARKETING, now=stage.clock.now()
        )


def _report(stage: Stage, unit: BusinessUnit, email: str, event: Event) -> None:
    mailability.event(unit=unit, email=email, event=event, actor=MARKETING, now=stage.clock.now())


def _ids(unit: BusinessUnit, email: str) -> list[int]:
    return list(unit.prospects.filter(email_key=email).values_list("pk", flat=True))
