"""Marketing Data Sharing: which records a unit gets to see (connector version 2).

Source: product.md F5 and §5, seed 001 "Connector Version 2", reference/account-engagement.md §2.4:
one rule per object, one field that is not mapped, equals, case-sensitive values.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from syncapp.core.refusals import Refusal
from syncapp.core.types import FieldMapping, Row, SalesforceField, SObject
from syncapp.core.values import text

OBJECTS = {"lead": "Lead", "contact": "Contact", "opportunity": "Opportunity"}


@dataclass(frozen=True, slots=True)
class SharingRule:
    """Records of `object` are shared whose `field` equals one of `values`."""

    object: str  # lead, contact, opportunity
    field: str
    values: tuple[str, ...]

    def matches(self, row: Row) -> bool:
        """Is the record shared? Values compare exactly, case included."""
        return text(row.get(self.field)) in self.values


def is_shared(rules: Mapping[SObject, SharingRule], sobject: SObject, row: Row) -> bool:
    """Without a rule for the object everything that the connector user sees is shared."""
    rule = rules.get(sobject)
    return rule is None or rule.matches(row)


@dataclass(frozen=True, slots=True)
class SharingContext:
    """What decides whether rules may be set: the connector, its fields, the org's other units."""

    version: int
    state: str
    mappings: Sequence[FieldMapping]
    schema: Mapping[str, Mapping[str, SalesforceField]]  # API name of the object -> its fields
    others: Sequence[SharingRule] = ()  # rules of other units on the same org


def check_sharing(rules: Sequence[SharingRule], context: SharingContext) -> list[Refusal]:
    """Why these rules cannot replace the unit's; [] when they can."""
    found = _may_change(context)
    objects = [rule.object for rule in rules]
    for name in sorted({name for name in objects if objects.count(name) > 1}):
        message = f"There is more than one rule for {name}: use one rule with several values."
        found.append(Refusal("sharing_one_rule_per_object", message, f"sharing.{name}"))
    if ("lead" in objects) != ("contact" in objects):
        message = "Lead and contact need a rule each, or conversion would hide people: add both."
        found.append(Refusal("sharing_lead_and_contact", message, "sharing"))
    for rule in rules:
        found += [Refusal(code, m, f"sharing.{rule.object}") for code, m in _rule(rule, context)]
    return found


def _may_change(context: SharingContext) -> list[Refusal]:
    if context.version != 2:
        message = "Marketing Data Sharing needs a version 2 connector."
        return [Refusal("sharing_needs_v2", message, "sharing")]
    if context.state != "paused":
        message = "Pause the connector before you change Marketing Data Sharing."
        return [Refusal("sharing_needs_pause", message, "sharing")]
    return []


def _rule(rule: SharingRule, context: SharingContext) -> Iterable[tuple[str, str]]:
    """(code, sentence) of what is wrong with one rule."""
    if rule.object not in OBJECTS:
        yield "sharing_object", f"{rule.object} has no sharing: use {', '.join(OBJECTS)}."
        return
    name = f"{OBJECTS[rule.object]}.{rule.field}"
    fields = context.schema.get(OBJECTS[rule.object])
    target = fields.get(rule.field) if fields else None
    if fields is None:
        pass  # nobody has looked at the object yet
    elif target is None:
        yield "sharing_field_unknown", f"The connector user sees no field {name}."
    elif not target.updateable:
        yield "sharing_field_read_only", f"The connector user needs Edit access to {name}."
    if _is_mapped(rule, context.mappings):
        yield "sharing_field_mapped", f"{name} is mapped to a prospect field: use another field."
    if not rule.values or "" in rule.values or len(set(rule.values)) < len(rule.values):
        yield "sharing_values", f"The rule on {name} needs values, each once and none blank."
    if any(_same(rule, other) for other in context.others):
        yield (
            "sharing_not_unique",
            f"Another business unit of this org has this rule on {name}.",
        )


def _same(rule: SharingRule, other: SharingRule) -> bool:
    """Do two rules share the same records? The order of values does not matter."""
    where = (rule.object, rule.field) == (other.object, other.field)
    return where and set(rule.values) == set(other.values)


def _is_mapped(rule: SharingRule, mappings: Iterable[FieldMapping]) -> bool:
    if rule.object == "opportunity":
        return False
    sobject = SObject(OBJECTS[rule.object])
    return any((m.target(sobject) or "").lower() == rule.field.lower() for m in mappings)


def check_integration_user(
    *, integration_user: bool, others: Sequence[str], rules: Iterable[SharingRule]
) -> list[Refusal]:
    """Seed 001: "If you link multiple business units to one Salesforce org, you can't use the
    integration user unless you're also using Marketing Data Sharing".

    `others` are the names of the other units on the org.
    """
    shares = {rule.object for rule in rules} >= {"lead", "contact"}
    if not integration_user or not others or shares:
        return []
    message = (
        f"{others[0]} is connected to the same Salesforce org: the integration user may only be "
        "used with Marketing Data Sharing. Add sharing rules, or name an own connector user."
    )
    return [Refusal("integration_user_needs_sharing", message, "connector.connector_user")]
