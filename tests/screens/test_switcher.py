"""The business-unit switcher: the same screen in another unit, where the role there allows it."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from syncapp.models import Membership
from tests.screens.conftest import add_prospect, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(emea) -> Client:
    """Administrator of EMEA, support in APAC, nobody in LATAM."""
    user = get_user_model().objects.create_user("ann")
    make_unit("latam")
    for unit, role in ((emea, "administrator"), (make_unit("apac"), "support")):
        Membership.objects.create(unit=unit, user=user, role=role)
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("", ""),
        ("prospects/", "prospects/"),
        ("runs/", "runs/"),
        ("audit/?who=bob", "audit/"),
        ("settings/connectors/", ""),
        ("people/", ""),
        ("queues/", ""),
    ],
)
def test_it_leads_to_the_same_screen_or_to_the_overview(ann, here, there) -> None:
    html = ann.get(f"/u/emea/{here}").content.decode()
    assert f'<a class="menu-item" href="/u/apac/{there}">' in html
    assert ann.get(f"/u/apac/{there}").status_code == 200
    assert "LATAM" not in html


def test_from_one_thing_it_leads_to_the_list_of_such_things(ann, emea) -> None:
    ada = add_prospect(emea, "ada@example.com")
    html = ann.get(f"/u/emea/prospects/{ada.pk}/").content.decode()
    assert '<a class="menu-item" href="/u/apac/prospects/">' in html
