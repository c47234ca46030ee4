"""What a field is, and short constructors to write objects down with.

Types carry Salesforce's describe names. A required field is one that a create must bring and an
update must not blank.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

TEXT_TYPES = frozenset(
    {"string", "textarea", "email", "phone", "url", "picklist", "multipicklist", "combobox"}
)
NUMBER_TYPES = frozenset({"double", "currency", "percent"})
LONG_TEXT = 255


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one object, as describe tells it."""

    name: str
    label: str
    type: str
    length: int = 0
    required: bool = False
    createable: bool = True
    updateable: bool = True
    default: Any = None
    picklist: tuple[str, ...] = ()
    restricted: bool = False
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    external_id: bool = False
    unique: bool = False
    calculated: bool = False
    compound: str | None = None
    precision: int = 0
    scale: int = 0

    @property
    def custom(self) -> bool:
        """Whether somebody added the field to the org (package fields included)."""
        return self.name.endswith("__c")

    @property
    def permissionable(self) -> bool:
        """Required and system fields are always visible; the others can be granted."""
        return self.createable and not self.required and self.type != "address"

    @property
    def long_text(self) -> bool:
        """Text that can be read but not filtered, sorted, grouped or counted."""
        return self.type == "textarea" and self.length > LONG_TEXT

    @property
    def filterable(self) -> bool:
        """Whether a condition may be about it."""
        return not self.long_text and self.type not in ("address", "anyType")

    @property
    def sortable(self) -> bool:
        """Whether ORDER BY takes it."""
        return self.filterable and self.type != "multipicklist"

    @property
    def groupable(self) -> bool:
        """Whether GROUP BY takes it: decimals and times have too many values."""
        return self.sortable and self.type not in NUMBER_TYPES and self.type != "datetime"

    @property
    def aggregatable(self) -> bool:
        """Whether it can be counted and compared by MIN and MAX."""
        return self.sortable and self.type != "boolean"

    @property
    def sql_type(self) -> str:
        """The column's declaration; text compares without case, ids and stamps do not."""
        if self.type == "boolean":
            return "INTEGER NOT NULL DEFAULT 0"
        if self.type == "int":
            return "INTEGER"
        if self.type in NUMBER_TYPES:
            return "REAL"
        if self.type == "anyType":
            return "BLOB"
        return "TEXT COLLATE NOCASE" if self.type in TEXT_TYPES else "TEXT"


def label_of(name: str) -> str:
    """`MailingCity` -> `Mailing City`, `OptedOut_Custom__c` -> `Opted Out Custom`."""
    bare = re.sub(r"^[a-z]+__(?=.)", "", name.removesuffix("__c"))
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", bare.replace("_", " ").strip())
    return spaced[:1].upper() + spaced[1:]


def text(name: str, length: int = 255, label: str = "", **more: Any) -> Field:
    """A single line of text."""
    return Field(name, label or label_of(name), more.pop("type", "string"), length, **more)


def area(name: str, length: int = 32000, **more: Any) -> Field:
    """Several lines of text."""
    return text(name, length, type="textarea", **more)


def email(name: str, **more: Any) -> Field:
    """An email address of at most 80 characters."""
    return text(name, 80, type="email", **more)


def phone(name: str, **more: Any) -> Field:
    """A telephone number, free text of at most 40 characters."""
    return text(name, 40, type="phone", **more)


def url(name: str, **more: Any) -> Field:
    """A web address."""
    return text(name, 255, type="url", **more)


def pick(name: str, *values: str, **more: Any) -> Field:
    """A picklist; unrestricted ones accept other values too, as standard fields do."""
    return text(name, more.pop("length", 255), type="picklist", picklist=values, **more)


def flag(name: str, label: str = "", **more: Any) -> Field:
    """A checkbox; never empty."""
    return Field(name, label or label_of(name), "boolean", default=False, **more)


def whole(name: str, **more: Any) -> Field:
    """A whole number of at most 8 digits."""
    return Field(name, more.pop("label", label_of(name)), "int", precision=8, **more)


def number(name: str, precision: int = 18, scale: int = 0, **more: Any) -> Field:
    """A decimal number."""
    kind = more.pop("type", "double")
    return Field(
        name, more.pop("label", label_of(name)), kind, precision=precision, scale=scale, **more
    )


def date(name: str, **more: Any) -> Field:
    """A calendar day."""
    return Field(name, more.pop("label", label_of(name)), "date", **more)


def moment(name: str, **more: Any) -> Field:
    """A date and time in UTC."""
    return Field(name, more.pop("label", label_of(name)), "datetime", **more)


def lookup(name: str, *targets: str, **more: Any) -> Field:
    """A reference to a record; the relationship drops the trailing Id (or ends in __r)."""
    relationship = name.replace("__c", "__r") if name.endswith("__c") else name.removesuffix("Id")
    label = more.pop("label", f"{label_of(name.removesuffix('Id'))} ID")
    return Field(
        name, label, "reference", 18, reference_to=targets, relationship=relationship, **more
    )


def read_only(*fields: Field) -> tuple[Field, ...]:
    """The same fields, kept by the org itself."""
    return tuple(replace(field, createable=False, updateable=False) for field in fields)


def address(prefix: str = "") -> tuple[Field, ...]:
    """Street to country, and the compound field that reads them together."""
    whole_name = f"{prefix}Address" if prefix else "Address"
    parts = (
        area(f"{prefix}Street", 255, compound=whole_name),
        text(f"{prefix}City", 40, compound=whole_name),
        text(f"{prefix}State", 80, f"{prefix} State/Province".strip(), compound=whole_name),
        text(f"{prefix}PostalCode", 20, f"{prefix} Zip/Postal Code".strip(), compound=whole_name),
        text(f"{prefix}Country", 80, compound=whole_name),
    )
    return (*parts, *read_only(Field(whole_name, label_of(whole_name), "address")))
