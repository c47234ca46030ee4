"""Tables and querysets, no rules. One module per meaning; everything is importable from here."""

from syncapp.models.audit import AuditEntry, AuditHead, AuditSeal
from syncapp.models.backups import Backup, BackupPart
from syncapp.models.changes import ChangeComment, ChangeRequest, Permit
from syncapp.models.connectors import Connector, SalesforceUser, SharingRule, SyncCursor
from syncapp.models.events import ConsentTravel, EmailEvent, EventSource
from syncapp.models.fields import ProspectField
from syncapp.models.history import FieldChange
from syncapp.models.imports import ImportFile
from syncapp.models.outbox import Loosening, OutboundChange, OutboxClaim
from syncapp.models.previews import Preview, PreviewChange, PreviewPerson
from syncapp.models.problems import Conflict, SyncError
from syncapp.models.prospects import AddressState, Prospect, ProspectLink
from syncapp.models.runs import Lease, SyncRange, SyncRun, UndoItem
from syncapp.models.sharing import SharingOutcome
from syncapp.models.tokens import ApiToken
from syncapp.models.trend import MailabilityCount
from syncapp.models.units import BusinessUnit, Membership, UnitUser
from syncapp.models.upgrades import Upgrade

__all__ = [
    "AddressState",
    "ApiToken",
    "AuditEntry",
    "AuditHead",
    "AuditSeal",
    "Backup",
    "BackupPart",
    "BusinessUnit",
    "ChangeComment",
    "ChangeRequest",
    "Conflict",
    "Connector",
    "ConsentTravel",
    "EmailEvent",
    "EventSource",
    "FieldChange",
    "ImportFile",
    "Lease",
    "Loosening",
    "MailabilityCount",
    "Membership",
    "OutboundChange",
    "OutboxClaim",
    "Permit",
    "Preview",
    "PreviewChange",
    "PreviewPerson",
    "Prospect",
    "ProspectField",
    "ProspectLink",
    "SalesforceUser",
    "SharingOutcome",
    "SharingRule",
    "SyncCursor",
    "SyncError",
    "SyncRange",
    "SyncRun",
    "UndoItem",
    "UnitUser",
    "Upgrade",
]
