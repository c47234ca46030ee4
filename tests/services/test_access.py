"""Who may do what, per unit: product.md §9, row by row."""

import pytest
from django.contrib.auth import get_user_model

from syncapp.models import BusinessUnit, Membership
from syncapp.services import access
from syncapp.services.access import Right, Role
from syncapp.services.refused import Refused

pytestmark = pytest.mark.django_db
ALL, STAFF, ADMIN = "administrator marketing support", "administrator marketing", "administrator"
READ = " reader"  # a token that only reads
PRODUCT_9 = [
    (Right.SEE, ALL + READ),
    (Right.SYNC_PROSPECT, ALL),
    (Right.SYNC_NOW, STAFF),
    (Right.PROSPECTS, STAFF),
    (Right.IMPORT, STAFF),
    (Right.EXPORT, STAFF + READ),
    (Right.DO_NOT_EMAIL, STAFF),
    (Right.RESET_BOUNCES, STAFF),
    (Right.EVENTS, STAFF),
    (Right.CONFLICTS, STAFF),
    (Right.ERRORS, STAFF),
    (Right.PROPOSE, STAFF),
    (Right.OPTED_OUT, ADMIN),
    (Right.RELEASE, ADMIN),
    (Right.UNDO, ADMIN),
    (Right.BACKUPS, ADMIN),
    (Right.READ_SETTINGS, STAFF + READ),
    (Right.SETTINGS, ADMIN),
    (Right.ADMINISTER, ADMIN),
]


@pytest.mark.parametrize(("right", "roles"), PRODUCT_9)
def test_a_right_belongs_to_its_roles_and_nobody_else(right: Right, roles: str) -> None:
    assert {role.value for role in Role if access.may(role, right)} == set(roles.split())
    assert not access.may(None, right)


def test_the_table_of_the_product_names_every_right() -> None:
    assert [right for right, _ in PRODUCT_9] == list(Right)


def made(name: str, **more: object) -> str:
    get_user_model().objects.create_user(name, **more)
    return name


def test_a_role_counts_in_its_unit_only() -> None:
    here = BusinessUnit.objects.create(slug="here", name="Here")
    there = BusinessUnit.objects.create(slug="there", name="There")
    user = get_user_model().objects.create_user("mia")
    Membership.objects.create(unit=here, user=user, role="marketing")
    assert access.role_of(actor="mia", unit=here) is Role.MARKETING
    assert access.role_of(actor="mia", unit=there) is None
    with pytest.raises(Refused, match="mia has no role in There"):
        access.require(actor="mia", unit=there, right=Right.SEE)


def test_the_console_and_superusers_administer_every_unit() -> None:
    unit = BusinessUnit.objects.create(slug="here", name="Here")
    assert access.role_of(actor="console", unit=unit) is Role.ADMINISTRATOR
    made("root", is_superuser=True)
    assert access.role_of(actor="root", unit=unit) is Role.ADMINISTRATOR


def test_people_who_left_may_do_nothing() -> None:
    unit = BusinessUnit.objects.create(slug="here", name="Here")
    made("root", is_superuser=True, is_active=False)
    assert access.role_of(actor="root", unit=unit) is None
    with pytest.raises(Refused, match="no active user 'root'"):
        access.known_actor("root")


def test_a_refusal_names_who_what_and_where() -> None:
    unit = BusinessUnit.objects.create(slug="here", name="Here")
    user = get_user_model().objects.create_user("sam")
    Membership.objects.create(unit=unit, user=user, role="support")
    with pytest.raises(Refused, match="sam is support in Here and may not: sync now"):
        access.require(actor="sam", unit=unit, right=Right.SYNC_NOW)
