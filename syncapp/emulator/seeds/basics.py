"""What every org has: the organization row, profiles with their permission sets, the users."""

from __future__ import annotations

import sqlite3
from typing import Any

from ..derive import full_name
from ..ids import make_id
from ..users import INTEGRATION, PEOPLE, PROFILES
from .insert import Past, insert_rows, stamps


def plant_basics(connection: sqlite3.Connection, organization_id: str, past: Past) -> None:
    """Writes the rows that no org is without."""
    born = stamps(past.ago(days=900), past.ago(days=400), INTEGRATION)
    insert_rows(connection, "Organization", [_organization(organization_id, born)])
    insert_rows(
        connection,
        "Profile",
        [
            {"Id": make_id("00e", number), "Name": name, **born}
            for number, name in enumerate(PROFILES, 1)
        ],
    )
    insert_rows(
        connection,
        "PermissionSet",
        [
            {
                "Id": make_id("0PS", number),
                "Name": f"X{make_id('00e', number)}",
                "Label": name,
                "ProfileId": make_id("00e", number),
                "IsOwnedByProfile": 1,
                **born,
            }
            for number, name in enumerate(PROFILES, 1)
        ],
    )
    insert_rows(connection, "User", [_user(number, born) for number in range(len(PEOPLE))])


def _organization(organization_id: str, born: dict[str, str]) -> dict[str, Any]:
    return {
        "Id": organization_id,
        "Name": "Syncline Example Org",
        "OrganizationType": "Enterprise Edition",
        "InstanceName": "EMU1",
        "IsSandbox": 1,
        "LanguageLocaleKey": "en_US",
        "DefaultLocaleSidKey": "en_US",
        "TimeZoneSidKey": "GMT",
        **born,
    }


def _user(number: int, born: dict[str, str]) -> dict[str, Any]:
    person = PEOPLE[number]
    return {
        "Id": make_id("005", number + 1),
        "Username": person.username,
        "Email": person.username,
        "FirstName": person.first_name,
        "LastName": person.last_name,
        "Name": full_name(person.first_name, person.last_name),
        "Title": person.title,
        "Alias": person.username[:8].split("@")[0],
        "CommunityNickname": person.username.split("@")[0],
        "IsActive": int(person.active),
        "UserType": "Standard",
        "TimeZoneSidKey": "GMT",
        "LocaleSidKey": "en_US",
        "LanguageLocaleKey": "en_US",
        "EmailEncodingKey": "UTF-8",
        "ProfileId": make_id("00e", PROFILES.index(person.profile) + 1),
        **born,
    }
