"""A unit's configuration as the document of interface.md §4; secrets only as their variable's name.

Applying what was exported changes nothing: `document` has the form that `parse` gives.
"""

import hashlib
from typing import Any

import yaml

from syncapp.core.catalog import DEFAULT_FIELDS, default_behavior
from syncapp.core.login import SECRETS
from syncapp.core.picklists import KEY
from syncapp.models import BusinessUnit, Connector
from syncapp.services.config_schema import CONNECTOR, GUARDS, LOGIN, UNIT, Document
from syncapp.services.config_values import tidy
from syncapp.services.connectors import LOGIN_COLUMNS
from syncapp.services.units import NEW_STATE
from syncapp.store import db

_NULLABLE = SECRETS.values()  # "" in the column is null in the file


def document(unit: BusinessUnit) -> Document:
    """Everything of the unit that the file can say."""
    connector = unit.connector
    fields = list(unit.fields.all())
    return {
        "business_unit": {key: getattr(unit, key) for key in UNIT},
        "connector": connector_section(connector),
        "users": {
            user.email.lower(): {
                "email": user.email,
                "name": user.name,
                "salesforce_username": user.salesforce_username,
            }
            for user in unit.users.all()
        },
        "sharing": {
            rule.sobject: {"field": rule.field, "values": list(rule.values)}
            for rule in connector.sharing_rules.order_by("sobject")
        },
        "fields": {
            row.key: {"lead": row.lead, "contact": row.contact, "behavior": row.behavior}
            for row in fields
            if not row.custom
        },
        "custom_fields": {
            row.key: {
                "label": row.label,
                "type": row.type,
                "values": list(row.values),
                "values_from_salesforce": row.values_from_salesforce,
                "lead": row.lead,
                "contact": row.contact,
                "behavior": row.behavior,
            }
            for row in fields
            if row.custom
        },
    }


def rules_hash(unit: BusinessUnit) -> str:
    """A hash of every setting of the unit that a plan reads; the connector's state is none.

    Nor are values that come from Salesforce: like the org's fields, nobody sets them here.
    """
    found = document(BusinessUnit.objects.get(pk=unit.pk))
    found["connector"].pop("state", None)
    custom = found["custom_fields"].items()
    found["custom_fields"] = {key: settings_of(field) for key, field in custom}
    return hashlib.sha256(db.dumps(found).encode()).hexdigest()


def connector_section(row: Connector) -> Document:
    """The section `connector` of the file."""
    plain = {key: getattr(row, key) for key in CONNECTOR if hasattr(row, key)}
    special: Document = {
        "version": row.kind,
        "state": row.state,
        "login": {key: _login(row, key) for key in LOGIN},
        "guards": {key: _number(getattr(row, key)) for key in GUARDS},
    }
    merged = plain | special
    return {key: merged[key] for key in CONNECTOR}


def _login(row: Connector, key: str) -> Any:
    value = getattr(row, LOGIN_COLUMNS[key])
    return value or None if key in _NULLABLE else value


def _number(value: Any) -> Any:
    return tidy(value) if isinstance(value, float) else value


def fresh(slug: str, version: int, *, ampsea: bool) -> Document:
    """A unit that does not exist yet, as it will start (interface.md §4: the sample's defaults)."""
    connector = connector_section(Connector(kind=version, state=NEW_STATE[version]))
    connector["login"] = {
        "method": "client_credentials",
        "url": "http://127.0.0.1:8420",
        "client_id": "syncline",
        "username": "",
        "client_secret_env": "SYNCLINE_SF_SECRET",
        "password_env": None,
        "private_key_env": None,
    }
    unit = BusinessUnit(slug=slug, name=slug.upper())
    return {
        "business_unit": {key: getattr(unit, key) for key in UNIT},
        "connector": connector,
        "users": {},
        "sharing": {},
        "fields": {
            field.key: {
                "lead": field.lead,
                "contact": field.contact,
                "behavior": default_behavior(field, ampsea=ampsea).value,
            }
            for field in DEFAULT_FIELDS
        },
        "custom_fields": {},
    }


def as_file(found: Document) -> Document:
    """The document with lists where the file has lists, and without what says nothing."""
    users = [_without(user, name="") for user in found["users"].values()]
    sharing = [{"object": name, **rule} for name, rule in found["sharing"].items()]
    fields = found["custom_fields"].items()
    silent: Document = {"values": [], KEY: False}
    custom = {key: _without(settings_of(field), **silent) for key, field in fields}
    login = _without(
        found["connector"]["login"], username="", password_env=None, private_key_env=None
    )
    connector = found["connector"] | {"login": login}
    return found | {
        "connector": connector,
        "users": users,
        "sharing": sharing,
        "custom_fields": custom,
    }


def settings_of(field: Document) -> Document:
    """What of a custom field is set here: not the values that come from Salesforce."""
    return {k: v for k, v in field.items() if k != "values" or not field[KEY]}


def _without(entry: Document, **silent: Any) -> Document:
    return {k: v for k, v in entry.items() if not (k in silent and v == silent[k])}


def as_yaml(unit: BusinessUnit) -> str:
    """The file."""
    return yaml.safe_dump(as_file(document(unit)), sort_keys=False, allow_unicode=True, width=100)
