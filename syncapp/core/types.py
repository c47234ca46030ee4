"""The small typed values that rules read and return.

Nothing here knows Django, HTTP or SQL. Times are aware UTC datetimes in whole seconds; a
field value is always canonical (see `values.py`): None, bool, int, float or str.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

Value = bool | int | float | str | None
Row = dict[str, Any]  # one Salesforce record as its REST API prints it


class Side(StrEnum):
    """Where a value lives: Account Engagement (this database) or Salesforce."""

    AE = "ae"
    SF = "sf"


class Behavior(StrEnum):
    """The sync behaviors of seed 002."""

    AE = "account_engagement"
    SF = "salesforce"
    RECORD = "most_recent_record"
    FIELD = "most_recent_field"


class Rule(StrEnum):
    """Why a value is what it is (interface.md §3)."""

    AE = "account_engagement"
    SF = "salesforce"
    RECORD = "most_recent_record"
    FIELD = "most_recent_field"
    FILL_BLANK = "fill_blank"
    BLANK_OVERWRITES = "blank_overwrites"
    PROPRIETARY = "proprietary"
    LEGACY_SUPPRESSION = "legacy_suppression"
    LEGACY_OPT_OUT = "legacy_opt_out"
    FIRST_SYNC = "first_permission_sync"
    CREATED = "created"
    EMAIL_EVENT = "email_event"
    HELD = "held_by_guard"
    MANUAL = "manual"
    UNDO = "undo"
    RESTORE = "restore"
    IMPORT = "import"
    AUTOMATION = "automation"


class FieldType(StrEnum):
    """Types of prospect fields; they decide how two values compare."""

    TEXT = "text"
    TEXTAREA = "textarea"
    EMAIL = "email"
    NUMBER = "number"
    CHECKBOX = "checkbox"
    DATE = "date"
    DATETIME = "datetime"
    DROPDOWN = "dropdown"
    MULTI_SELECT = "multi_select"
    USER = "user"


class SObject(StrEnum):
    """The Salesforce objects a prospect may be linked to, contacts first (product.md §4)."""

    CONTACT = "Contact"
    LEAD = "Lead"


class LinkState(StrEnum):
    """`crm.state` of a prospect (interface.md §3)."""

    NONE = "none"
    LINKED = "linked"
    DO_NOT_SYNC = "do_not_sync"
    CRM_DELETED = "crm_deleted"
    NOT_VISIBLE = "not_visible"


class Trigger(StrEnum):
    """What asked for a prospect's next sync; import and manual triggers may link (§3)."""

    EDIT = "edit"
    EVENT = "event"
    IMPORT = "import"
    MANUAL = "manual"
    SEND = "send"
    RECORD = "record"
    FULL = "full"
    RETRY = "retry"


class MailabilityModel(StrEnum):
    """Product.md §6: before and after the upgrade."""

    LEGACY = "legacy"
    UPGRADED = "upgraded"


class ConflictKind(StrEnum):
    """The five kinds of conflicts (product.md §2)."""

    BOTH_CHANGED = "both_changed"
    DUPLICATE_RECORDS = "duplicate_records"
    HELD_BY_GUARD = "held_by_guard"
    EMAIL_IN_USE = "email_in_use"
    UNSTORABLE = "unstorable_value"


@dataclass(frozen=True, slots=True)
class SalesforceField:
    """What describe says of one field, as far as rules need it."""

    name: str
    type: str
    label: str = ""
    length: int = 0
    updateable: bool = True
    createable: bool = True
    restricted: bool = False
    picklist: frozenset[str] = frozenset()
    digits: int = 0  # for numbers: digits before the decimal point, 0 = no limit known
    required: bool = False  # Salesforce saves no record without a value
    references: tuple[str, ...] = ()  # of a lookup: the objects it may point to


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """A prospect field, where it is mapped and how it syncs."""

    key: str
    label: str
    type: FieldType
    lead: str | None
    contact: str | None
    behavior: Behavior
    proprietary: bool = False
    custom: bool = False
    hold: str | None = None
    values: tuple[str, ...] = ()  # the predefined values of a dropdown, empty = any
    # a consent field mapped to a text field: the words for opted out and for opted in (§8)
    words: tuple[str, str] | None = None
    values_from_salesforce: bool = False  # `values` are those of the picklists (picklists.py)

    def target(self, sobject: SObject) -> str | None:
        """The CRM Field ID on Lead or Contact."""
        return self.lead if sobject is SObject.LEAD else self.contact


@dataclass(frozen=True, slots=True)
class Switches:
    """The settings of unit and connector that rules read (interface.md §4)."""

    ampsea: bool = False
    model: MailabilityModel = MailabilityModel.UPGRADED
    legacy_sync_behavior: bool = False
    require_assigned_user: bool = True
    use_assignment_rules: bool = False
    create_prospects: bool = True
    change_emails: bool = False
    delete_or_merge: bool = False
    blank_overwrites: bool = False
    create_as: str = "lead"
    sync_person_accounts: bool = False


class Agreed(NamedTuple):
    """What both sides last agreed on for a field, and the edit that ended the agreement."""

    value: Value
    at: str | None = None  # ISO time of the edit here
    source: str = ""  # manual, event, import, api, automation, sync


@dataclass(slots=True)
class Link:
    """How a prospect hangs on its Salesforce record, and what both sides last agreed on.

    `base` is sparse: it holds the last agreed value only of fields on which the two sides do not
    agree now (after an edit here, a held or failed write). A field absent from `base` was agreed
    on with the value that the prospect has.
    """

    state: LinkState = LinkState.NONE
    lead_id: str | None = None
    contact_id: str | None = None
    account_id: str | None = None
    reason: str | None = None  # why it does not sync although it could: email_moved, not_shared
    known_match: bool = False  # a record matched its email at the last look
    created_by_connector: bool = False
    record_created_at: datetime | None = None
    others_changed_at: datetime | None = None  # last change of the record by somebody else
    consent_epoch: int = -1  # the unit's consent epoch at its last sync; older = first link
    pending: Trigger | None = None
    pending_at: datetime | None = None
    base: dict[str, Agreed] = field(default_factory=dict)

    @property
    def sobject(self) -> SObject | None:
        """The object of the linked record; a contact ID outranks a lead ID."""
        if self.contact_id:
            return SObject.CONTACT
        return SObject.LEAD if self.lead_id else None

    @property
    def record_id(self) -> str | None:
        """The CRM ID that syncs."""
        return self.contact_id or self.lead_id


@dataclass(slots=True)
class Prospect:
    """One prospect as the rules see it: values by field key, its link, its consent times."""

    id: int
    email: str | None
    values: dict[str, Value]
    version: int = 0
    archived: bool = False
    assigned_user: int | None = None
    hard_bounced: bool = False
    soft_bounces: int = 0
    complained: bool = False
    held_opt_out: bool = False
    record_changed_at: datetime | None = None
    opted_out_changed_at: datetime | None = None
    link: Link = field(default_factory=Link)


class FieldWrite(NamedTuple):
    """One decided change of one field: where, what, and why.

    A tuple, since a page makes thousands: a frozen dataclass takes three times as long to make.
    """

    field: str
    side: Side
    old: Value
    new: Value
    winner: Side
    rule: Rule
    ae_at: datetime | None = None
    sf_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConflictNote:
    """A conflict that a sync found (product.md §2)."""

    kind: ConflictKind
    field: str
    ae_value: Value
    sf_value: Value
    decided: str = ""  # the side that won, or the record that is linked
    others: tuple[str, ...] = ()  # duplicate_records: the other records' IDs
    rule: str = ""  # why it won, with the times that were compared
    ae_at: datetime | None = None
    sf_at: datetime | None = None
    agreed: tuple[Value, ...] = ()  # what both sides had agreed on, if that is known


@dataclass(frozen=True, slots=True)
class ErrorNote:
    """Why one field or record could not be synced; `code` as Salesforce names it."""

    code: str
    message: str
    field: str = ""
