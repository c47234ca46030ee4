"""The default prospect fields: names, types and default mappings.

Source: reference/account-engagement.md §3.1 and §7; product.md §2 for the default behaviors.
"""

from dataclasses import dataclass

from syncapp.core.types import Behavior, FieldType


@dataclass(frozen=True, slots=True)
class DefaultField:
    """One of Account Engagement's default fields."""

    key: str
    label: str
    type: FieldType
    lead: str | None = None
    contact: str | None = None
    behavior: Behavior = Behavior.SF
    proprietary: bool = False
    csv: str = ""  # header in Account Engagement's own export, where it differs from the label
    api: str = ""  # API v5 name, where it is not the key in camelCase


T, CHECK, NUMBER = FieldType.TEXT, FieldType.CHECKBOX, FieldType.NUMBER
AREA, AE = FieldType.TEXTAREA, Behavior.AE
OWN: dict[str, object] = {"behavior": AE, "proprietary": True}


def _f(  # pragma: no mutate block - runs at import, before a mutant is chosen
    key: str, label: str, kind: FieldType = T, sf: str | None = None, **more: object
) -> DefaultField:
    lead = more.pop("lead", sf)
    contact = more.pop("contact", sf)
    return DefaultField(key, label, kind, lead=lead, contact=contact, **more)  # type: ignore[arg-type]


DEFAULT_FIELDS: tuple[DefaultField, ...] = (
    _f("email", "Email", FieldType.EMAIL, "Email", behavior=AE),
    _f("salutation", "Salutation", T, "Salutation"),
    _f("first_name", "First Name", T, "FirstName"),
    _f("last_name", "Last Name", T, "LastName"),
    _f("company", "Company", T, lead="Company", contact="Account.Name"),
    _f("job_title", "Job Title", T, "Title"),
    _f("department", "Department", T, contact="Department"),
    _f("website", "Website", T, lead="Website"),
    _f("phone", "Phone", T, "Phone"),
    _f("fax", "Fax", T, "Fax"),
    _f("address_one", "Address One", T, lead="Street", contact="MailingStreet"),
    _f("address_two", "Address Two"),
    _f("city", "City", T, lead="City", contact="MailingCity"),
    _f("state", "State", T, lead="State", contact="MailingState"),
    _f("territory", "Territory"),
    _f("zip", "Zip", T, lead="PostalCode", contact="MailingPostalCode"),
    _f("country", "Country", T, lead="Country", contact="MailingCountry"),
    _f("source", "Source", T, "LeadSource"),
    _f("annual_revenue", "Annual Revenue", T, lead="AnnualRevenue"),
    _f("employees", "Employees", T, lead="NumberOfEmployees"),
    _f("industry", "Industry", T, lead="Industry"),
    _f("years_in_business", "Years In Business"),
    _f("comments", "Comments", AREA, "pi__comments__c", behavior=AE),
    _f("notes", "Notes", AREA, "pi__notes__c", behavior=AE),
    _f("campaign", "Campaign", T, "pi__campaign__c", **OWN, api="campaignId"),
    _f("score", "Score", NUMBER, "pi__score__c", **OWN),
    _f("grade", "Grade", T, "pi__grade__c", **OWN),
    _f("do_not_call", "Do Not Call", CHECK, "DoNotCall", api="isDoNotCall"),
    _f("do_not_email", "Do Not Email", CHECK, behavior=AE, api="isDoNotEmail"),
    _f("opted_out", "Opted Out", CHECK, "HasOptedOutOfEmail", behavior=AE),
)

BY_KEY: dict[str, DefaultField] = {f.key: f for f in DEFAULT_FIELDS}


def default_behavior(default: DefaultField, *, ampsea: bool) -> Behavior:
    """What a new unit starts with (product.md §2): with AMPSEA the email is a normal field."""
    return Behavior.SF if ampsea and default.key == "email" else default.behavior


CONSENT_KEYS = ("opted_out", "do_not_email")
