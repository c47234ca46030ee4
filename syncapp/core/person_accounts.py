"""Person accounts: an account and a contact that are one person (product.md F15).

A prospect syncs with the contact; to create one, the account is created with the person's fields,
which are named after the contact's.
"""

from syncapp.core.types import Row

OBJECT = "Account"
ACCOUNT_NAME = "Account.Name"
# Fields of both objects under one name; all other standard fields get the prefix Person.
SAME = frozenset({"LastName", "FirstName", "Salutation", "Phone", "Fax", "OwnerId"})


def account_field(contact_field: str) -> str:
    """The account's name for a field of its contact: PersonEmail, Color__pc."""
    if contact_field in SAME:
        return contact_field
    if contact_field.endswith("__c"):
        return contact_field.removesuffix("__c") + "__pc"
    return f"Person{contact_field}"


def contact_field(account_field: str) -> str:
    """The contact's name for a field that the account has for its person."""
    if account_field in SAME:
        return account_field
    if account_field.endswith("__pc"):
        return account_field.removesuffix("__pc") + "__c"
    return account_field.removeprefix("Person")


def account_fields(contact_fields: Row) -> Row:
    """What to create the account with, from what a contact would be created with."""
    return {account_field(name): value for name, value in contact_fields.items()}


def has_company(row: Row) -> bool:
    """Does the contact belong to an account whose name is a company, not the person's own?"""
    return bool(row.get("AccountId")) and row.get("IsPersonAccount") is not True
