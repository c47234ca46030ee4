"""The people and connected apps that every org starts with."""

from __future__ import annotations

from dataclasses import dataclass

from .ids import make_id


@dataclass(frozen=True, slots=True)
class Person:
    """A user; the position in PEOPLE gives the id, so it is the same in every org."""

    username: str
    first_name: str
    last_name: str
    title: str
    profile: str = "Standard User"
    active: bool = True


PEOPLE = (
    Person("integration@syncline.example", "Integration", "User", "Integration", "Integration"),
    Person("emea-connector@syncline.example", "EMEA", "Connector", "Integration", "Integration"),
    Person("sales@syncline.example", "Sam", "Sales", "Account Executive"),
    Person("manager@syncline.example", "Mia", "Manager", "Sales Manager", "System Administrator"),
    Person("ann@example.com", "Ann", "Berg", "Account Executive"),
    Person("ben@example.com", "Ben", "Okafor", "Account Executive"),
    Person("carla@example.com", "Carla", "Mendes", "Account Executive"),
    Person("deniz@example.com", "Deniz", "Kaya", "Sales Development"),
    Person("emil@example.com", "Emil", "Novak", "Sales Development"),
    Person("fay@example.com", "Fay", "Tanaka", "Account Executive"),
    Person("gus@example.com", "Gus", "Former", "Account Executive", active=False),
)
PROFILES = ("System Administrator", "Standard User", "Integration")
PASSWORD, SECURITY_TOKEN = "password", "token"


def user_id(username: str) -> str:
    """The id of one of PEOPLE."""
    names = [person.username for person in PEOPLE]
    return make_id("005", names.index(username) + 1)


INTEGRATION = user_id("integration@syncline.example")
EMEA_CONNECTOR = user_id("emea-connector@syncline.example")
SALES = user_id("sales@syncline.example")
OWNERS = tuple(
    user_id(person.username)
    for person in PEOPLE
    if person.active and person.username.endswith("@example.com")
)

# client id -> (secret, the user it acts as)
CONNECTED_APPS = {
    "syncline": ("syncline-secret", "integration@syncline.example"),
    "syncline-emea": ("syncline-emea-secret", "emea-connector@syncline.example"),
}
API_USERS = frozenset({INTEGRATION, EMEA_CONNECTOR})
