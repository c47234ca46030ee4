"""Which types of prospect fields and Salesforce fields go together, and what would go wrong if not.

Source: reference/account-engagement.md §3.3, product.md §2 and §8.
"""

from syncapp.core.catalog import BY_KEY, CONSENT_KEYS
from syncapp.core.storable import NUMBERS
from syncapp.core.types import FieldMapping, FieldType, SalesforceField

TEXTS = frozenset(
    {"string", "textarea", "url", "phone", "email", "combobox", "picklist", "encryptedstring", "id"}
)
# What each type of prospect field may be mapped to; text takes nearly anything.
FITTING: dict[FieldType, frozenset[str]] = {
    FieldType.EMAIL: frozenset({"email", "string"}),
    FieldType.NUMBER: frozenset({*NUMBERS, "string", "textarea"}),
    FieldType.CHECKBOX: frozenset({"boolean"}),
    FieldType.DATE: frozenset({"date", "datetime", "string"}),
    FieldType.DATETIME: frozenset({"datetime", "string"}),
    FieldType.MULTI_SELECT: frozenset({"multipicklist", "string", "textarea"}),
    FieldType.USER: frozenset({"reference"}),
}
PHONES = frozenset({"phone", "fax"})  # keys of the default fields that hold phone numbers

_UNSYNCABLE = {
    "reference": "It is a lookup: it holds the Id of another record, and lookups do not sync.",
    "location": "It is a geolocation: two coordinates in one field, which do not sync.",
    "address": "It is a compound address, which cannot be written. Map its parts instead "
    "(street, city, state, postal code, country).",
    "base64": "It holds a file, which no prospect field can.",
    "complexvalue": "Its values are structures, which no prospect field can hold.",
    "anytype": "Its values have no fixed type, so nobody can say what would arrive.",
}
_MISFITS = {
    FieldType.EMAIL: "Values that are no email address would arrive; map it to an email field.",
    FieldType.NUMBER: "Its values are no numbers, so each would be a sync error on its prospect; "
    "map it to a number, currency or text field.",
    FieldType.CHECKBOX: "Ticked and not ticked cannot be told from its values, so each prospect "
    "would have a sync error; map it to a checkbox.",
    FieldType.DATE: "Its values are no dates, so each would be a sync error on its prospect; map "
    "it to a date field.",
    FieldType.DATETIME: "A time of day would be lost or made up; map it to a date/time field.",
    FieldType.MULTI_SELECT: "It holds one value at a time, so the others would be lost; map it to "
    "a multi-select picklist or a text field.",
    FieldType.USER: "Its values name no Salesforce user; map it to a lookup to User.",
}
_WORDS = {
    "string": "text",
    "textarea": "text area",
    "boolean": "checkbox",
    "double": "number",
    "int": "whole number",
    "long": "whole number",
    "datetime": "date/time",
    "multipicklist": "multi-select picklist",
    "multi_select": "multi-select",
    "reference": "lookup",
    "user": "CRM User",
    "location": "geolocation",
    "url": "URL",
    "encryptedstring": "encrypted text",
    "combobox": "picklist with free text",
    "base64": "file",
}


def type_words(kind: str) -> str:
    """A type of either side in the words of its setup pages: `boolean` is a checkbox."""
    return _WORDS.get(kind) or kind.replace("_", " ")


def misfit(mapping: FieldMapping, target: SalesforceField) -> str | None:
    """What would go wrong if the prospect field were mapped to `target`; None when it fits.

    A consent field may be a text field when it says which words mean opted out and opted in (§8).
    """
    if mapping.type is FieldType.USER and target.type == "reference":
        return _not_a_user(target)
    unsyncable = _UNSYNCABLE.get(target.type)
    if unsyncable:
        return unsyncable
    if mapping.key in CONSENT_KEYS and mapping.words is not None:
        return None if target.type in TEXTS else "Words for opted out need a text field."
    if mapping.key in PHONES and target.type in NUMBERS:
        return (
            "A phone number is no number: plus signs and brackets would be refused, leading zeros "
            "lost; map it to a phone or text field."
        )
    if mapping.type is FieldType.NUMBER and target.type == "phone":
        return (
            "Salesforce keeps phone numbers in a format of its own, so what comes back would be no "
            "number; map it to a number or text field."
        )
    fitting = FITTING.get(mapping.type)
    return None if fitting is None or target.type in fitting else _MISFITS[mapping.type]


def _not_a_user(target: SalesforceField) -> str | None:
    """Why a lookup cannot hold a user and nothing else; None when it does."""
    if target.references == ("User",):
        return None
    where = " or ".join(target.references)
    if not where:
        return "Where it points to is not known yet: use Refresh Salesforce Fields."
    return f"It points to {where}; a CRM User field needs a lookup to User alone."


def fits(mapping: FieldMapping, target: SalesforceField) -> bool:
    """May a prospect field of this type be mapped to the Salesforce field?"""
    return misfit(mapping, target) is None


def cautions(mapping: FieldMapping, target: SalesforceField) -> list[str]:
    """What to know of a mapping that fits, as sentences; [] when there is nothing."""
    found = [_read_only(target), _may_not_parse(mapping, target), _picklist(mapping, target)]
    if 0 < target.length < 255 and target.type in ("string", "textarea", "url"):
        found.append(f"Salesforce keeps at most {target.length} characters of it.")
    return [sentence for sentence in found if sentence]


def names_apart(mapping: FieldMapping) -> str | None:
    """What goes wrong when Lead and Contact name the field differently; None when they do not.

    Account Engagement asks for one API name on both (§3.3); here each object may have its own. The
    pairs that defaults come with (City, MailingCity) are joined by Salesforce itself.
    """
    lead, contact = mapping.lead or "", mapping.contact or ""
    default = BY_KEY.get(mapping.key)
    joined = default is not None and (lead, contact) == (default.lead, default.contact)
    if not lead or not contact or joined or lead.lower() == contact.lower():
        return None
    return (
        f"Lead calls it {lead} and Contact {contact}: when a lead is converted, Salesforce carries "
        "its value to the contact only if Map Lead Fields joins the two; otherwise the contact "
        "starts with a value of its own, or blank. Choose two fields of one name, or join them."
    )


def _read_only(target: SalesforceField) -> str:
    if target.updateable:
        return ""
    return (
        "Read-only in Salesforce (a formula, or no Edit access for the connector user): its values "
        "arrive here, ours are never written."
    )


def _may_not_parse(mapping: FieldMapping, target: SalesforceField) -> str:
    free = mapping.type in (FieldType.TEXT, FieldType.TEXTAREA, FieldType.DROPDOWN)
    if not free or target.type not in {*NUMBERS, "date", "datetime", "boolean"}:
        return ""
    return (
        f"Salesforce takes only values that read as {type_words(target.type)}; any other value is "
        "a sync error on its prospect, whose other fields still sync."
    )


def _picklist(mapping: FieldMapping, target: SalesforceField) -> str:
    if target.type not in ("picklist", "multipicklist") or not target.restricted:
        return ""
    missing = sorted(set(mapping.values) - target.picklist)
    if missing:
        return f"The picklist in Salesforce lacks: {', '.join(missing)}. Add them there."
    return "A restricted picklist: values must be equal to its own, with the same case and spaces."
