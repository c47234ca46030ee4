"""Person accounts in the schema: the account gets a person's fields.

They are named Person... after the contact's, and ...__pc after its custom fields.
"""

from __future__ import annotations

from dataclasses import replace

from .fields import Field, lookup, read_only
from .objects import SObject

SAME = ("LastName", "FirstName", "Salutation")
PERSON = (
    "Email", "Title", "Department", "MobilePhone", "HomePhone", "OtherPhone", "AssistantName",
    "AssistantPhone", "LeadSource", "Birthdate", "HasOptedOutOfEmail", "HasOptedOutOfFax",
    "DoNotCall", "EmailBouncedDate", "EmailBouncedReason", "MailingStreet", "MailingCity",
    "MailingState", "MailingPostalCode", "MailingCountry", "OtherStreet", "OtherCity",
    "OtherState", "OtherPostalCode", "OtherCountry",
)  # fmt: skip
SHARED = ("Phone", "Fax", "OwnerId")  # plain fields of both objects


def account_name(contact_field: str) -> str:
    """The account's name for a field of the contact."""
    if contact_field in SAME or contact_field in SHARED:
        return contact_field
    if contact_field.endswith("__c"):
        return f"{contact_field.removesuffix('__c')}__pc"
    return f"Person{contact_field}"


def extended(account: SObject, contact: SObject) -> SObject:
    """The account object with a person's fields."""
    fields = dict(account.fields)
    for field in person_fields(contact):
        name = account_name(field.name)
        fields[name.lower()] = replace(
            field, name=name, required=False, compound=None, relationship=None
        )
    for field in read_only(lookup("PersonContactId", "Contact")):
        fields[field.name.lower()] = field
    fields["name"] = replace(fields["name"], required=False)
    return replace(account, fields=fields)


def person_fields(contact: SObject) -> list[Field]:
    """The contact's fields that the account has a copy of."""
    return [
        field
        for field in contact.fields.values()
        if field.name in SAME or field.name in PERSON or field.name.endswith("__c")
    ]
