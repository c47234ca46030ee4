"""What a connector remembers of its org: identity, schema, API calls, how the last run went."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from syncapp.core.ports import Identity, Usage
from syncapp.core.values import stamp
from syncapp.models import Connector


def remember_identity(connector: Connector, identity: Identity, former_until: datetime) -> bool:
    """Which org and user the login leads to; is it another user than before?

    What the one before wrote until then (the org's time) stays our own writing.
    """
    before, same_org = connector.salesforce_user_id, connector.organization_id
    other = bool(before) and before != identity.user_id
    former = dict(connector.former_users) if same_org == identity.organization_id else {}
    if other and same_org == identity.organization_id:
        former[before] = stamp(former_until)
    former.pop(identity.user_id, None)
    connector.former_users = former
    connector.organization_id = identity.organization_id
    connector.salesforce_user_id = identity.user_id
    connector.salesforce_username = identity.username
    names = ("organization_id", "salesforce_user_id", "salesforce_username", "former_users")
    connector.save(update_fields=names)
    return other


def remember_schema(
    connector: Connector, schema: Mapping[str, Any], good: Mapping[str, Any], at: datetime
) -> None:
    """The last describe of Lead and Contact, drifted fields as they were, the org's time."""
    connector.schema, connector.schema_good = dict(schema), dict(good)
    connector.schema_at = at
    connector.save(update_fields=["schema", "schema_good", "schema_at"])


def remember_look(connector: Connector, tracked: Mapping[str, Any], at: datetime) -> None:
    """When the org's fields were last looked at, and which have field history (ours, by name)."""
    connector.history_tracked, connector.looked_at = dict(tracked), at
    connector.save(update_fields=["history_tracked", "looked_at"])


def after_run(
    connector_id: int,
    now: datetime,
    *,
    warning: str,
    usage: Usage | None,
    offset: float,
    synced: bool = True,
) -> None:
    """How the last run left the connection; `warning` is empty when it is well.

    `synced` False: the run only looked at the org, so that the last sync is another one.
    """
    values: dict[str, Any] = {"warning": warning}
    if synced:
        values["last_cycle_at"] = now
    if usage is not None:
        values["clock_offset_seconds"] = offset
        if usage.used is not None:
            values.update(api_used=usage.used, api_allowed=usage.allowed)
    Connector.objects.filter(pk=connector_id).update(**values)


def schedule_next(connector_id: int, at: datetime) -> None:
    """When the scheduler shall start the next cycle."""
    Connector.objects.filter(pk=connector_id).update(next_cycle_at=at)
