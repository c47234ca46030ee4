"""Load a unit's configuration as the rules that a run works by."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from syncapp.core.catalog import BY_KEY
from syncapp.core.ports import Identity
from syncapp.core.rules import Owners, Rules
from syncapp.core.sharing import SharingRule
from syncapp.core.slots import compile_slots
from syncapp.core.types import (
    Behavior,
    FieldMapping,
    FieldType,
    MailabilityModel,
    SalesforceField,
    SObject,
    Switches,
)
from syncapp.core.values import parse_time
from syncapp.models import Connector, ProspectField, SalesforceUser, UnitUser

Schemas = Mapping[SObject, Mapping[str, SalesforceField]]


def load(connector: Connector, schemas: Schemas, identity: Identity, offset: float) -> Rules:
    """The rules of the connector's unit, frozen for one run."""
    mappings = [mapping(row) for row in connector.unit.fields.all()]
    users = owners(connector)
    return Rules(
        switches=switches(connector),
        slots={
            sobject: compile_slots(mappings, sobject, dict(schemas[sobject]), users)
            for sobject in SObject
        },
        connector_state=connector.state,
        connector_user_id=identity.user_id,
        former_users=_former_users(connector, identity),
        consent_epoch=connector.consent_epoch,
        clock_offset=offset,
        owners=users,
        default_campaign=connector.default_campaign,
        sharing=sharing(connector),
        person_accounts="IsPersonAccount" in schemas[SObject.CONTACT],
    )


def _former_users(connector: Connector, identity: Identity) -> dict[str, datetime]:
    """Connector users of before and until when; one whose change no look has told yet: open."""
    if connector.organization_id != identity.organization_id:
        return {}
    found = {user: parse_time(until) for user, until in connector.former_users.items()}
    if connector.salesforce_user_id not in ("", identity.user_id):
        found[connector.salesforce_user_id] = datetime.max.replace(tzinfo=UTC)
    return found


def sharing(connector: Connector) -> dict[SObject, SharingRule]:
    """Marketing Data Sharing of leads and contacts (seed 001); {} shares what the user sees."""
    rules = {row.sobject: row for row in connector.sharing_rules.all()}
    return {
        sobject: SharingRule(name, rules[name].field, tuple(rules[name].values))
        for sobject in SObject
        if (name := sobject.value.lower()) in rules
    }


def mapping(row: ProspectField) -> FieldMapping:
    """One prospect field as rules see it."""
    default = BY_KEY.get(row.key)
    return FieldMapping(
        key=row.key,
        label=row.label,
        type=FieldType(row.type),
        lead=row.lead,
        contact=row.contact,
        behavior=Behavior(row.behavior),
        proprietary=bool(default and default.proprietary),
        custom=row.custom,
        hold=row.hold_reason,
        values=tuple(row.values),
        values_from_salesforce=row.values_from_salesforce,
    )


def switches(connector: Connector) -> Switches:
    """The settings of unit and connector that rules read."""
    unit = connector.unit
    return Switches(
        ampsea=unit.allow_multiple_prospects_per_email,
        model=MailabilityModel(unit.mailability_model),
        legacy_sync_behavior=unit.legacy_sync_behavior,
        require_assigned_user=unit.require_assigned_user_for_email_match,
        use_assignment_rules=unit.use_active_assignment_rules,
        create_prospects=connector.create_prospects_from_records,
        change_emails=connector.change_emails_from_salesforce,
        delete_or_merge=connector.delete_or_merge_prospects,
        blank_overwrites=connector.blank_salesforce_values_overwrite,
        create_as=connector.create_records_as,
        sync_person_accounts=connector.sync_person_accounts,
    )


def owners(connector: Connector) -> Owners:
    """User mapping both ways (seed 001: unmapped users' prospects go to the connector user)."""
    known = {
        user.username.lower(): user
        for user in SalesforceUser.objects.filter(connector=connector).only(
            "user_id", "username", "is_active"
        )
    }
    result = Owners(
        inactive=frozenset(user.user_id for user in known.values() if not user.is_active),
        usernames={user.user_id: user.username for user in known.values()},
    )
    for ours in UnitUser.objects.filter(unit_id=connector.unit_id):
        result.emails[ours.pk] = ours.email
        theirs = known.get((ours.salesforce_username or "").lower())
        if theirs is not None:
            result.unit_user_of[theirs.user_id] = ours.pk
            result.salesforce_user_of[ours.pk] = theirs.user_id
    return result


def keys(loaded: Rules) -> list[str]:
    """The fields whose values the rules read."""
    return sorted({slot.key for slots in loaded.slots.values() for slot in slots})


def schemas_of(connector: Connector) -> Schemas | None:
    """The last known describe; None before the first contact."""
    return _schemas(connector.schema) if connector.schema else None


def good_schemas(connector: Connector, now: Schemas) -> Schemas:
    """The describe that the mappings were last good with: `now`, but drifted fields as before."""
    drifted = _schemas(connector.schema_good)
    return {sobject: {**now[sobject], **drifted[sobject]} for sobject in SObject}


def _schemas(stored: Mapping[str, Mapping[str, Any]]) -> Schemas:
    return {
        sobject: {name: _field(name, facts) for name, facts in stored.get(sobject, {}).items()}
        for sobject in SObject
    }


def _field(name: str, facts: Mapping[str, Any]) -> SalesforceField:
    return SalesforceField(
        name=name,
        type=facts["type"],
        label=facts["label"],
        length=facts["length"],
        updateable=facts["updateable"],
        createable=facts["createable"],
        restricted=facts["restricted"],
        picklist=frozenset(facts["picklist"]),
        digits=facts["digits"],
        required=facts.get("required", False),
        references=tuple(facts.get("references", ())),
    )


def schema_json(schemas: Schemas) -> dict[str, dict[str, object]]:
    """Fields of both objects as Connector.schema keeps them."""
    return {
        sobject: {
            field.name: {
                "type": field.type,
                "label": field.label,
                "length": field.length,
                "updateable": field.updateable,
                "createable": field.createable,
                "restricted": field.restricted,
                "picklist": sorted(field.picklist),
                "digits": field.digits,
                "required": field.required,
                "references": list(field.references),
            }
            for field in fields.values()
        }
        for sobject, fields in schemas.items()
    }
