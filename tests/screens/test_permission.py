"""Permission by hand: whom it concerns, who may do it, what is asked before."""

import re

import pytest
from django.test import Client

from syncapp.models import AddressState, Prospect, ProspectLink
from tests.screens.conftest import add_prospect, linked, make_unit
from tests.screens.test_prospect_page import text_of, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(emea):
    return add_prospect(emea, "ada@example.com", link=linked(1))


def labels(answer) -> set[str]:
    """The buttons about permission."""
    html = answer.content.decode()
    return set(re.findall(r'permission/([a-z_]+)/" hx-get', html))


def test_each_role_sees_the_permission_buttons_that_it_may_use(reader, emea, ada) -> None:
    Prospect.objects.filter(pk=ada.pk).update(hard_bounced=True)
    seen = {
        r: labels(reader(r, emea).get(url(ada))) for r in ("administrator", "marketing", "support")
    }
    assert seen == {
        "administrator": {"opt_out", "do_not_email", "reset_bounces"},
        "marketing": {"unsubscribe", "do_not_email", "reset_bounces"},
        "support": set(),
    }


def test_an_opt_out_concerns_everybody_with_the_address_and_waits_for_the_next_sync(reader) -> None:
    unit = make_unit("apac", allow_multiple_prospects_per_email=True)
    one, two = (
        add_prospect(unit, "ada@example.com", email_shared=True, link=linked(n)) for n in (1, 2)
    )
    admin = reader("administrator", unit)
    asked = text_of(admin.get(url(one, "permission/opt_out/")))
    assert "1 other prospect with this address." in asked
    done = text_of(admin.post(url(one, "permission/opt_out/"), {"why": "By phone"}, follow=True))
    assert "Opted out." in done
    assert "Transactional Only" in done
    assert "Opted Out Yes" in done
    assert set(unit.prospects.values_list("opted_out", flat=True)) == {True}
    assert AddressState.objects.get(unit=unit).opted_out
    waits = ProspectLink.objects.get(prospect=two)
    assert (waits.pending, waits.pending_consent) == ("edit", True)


def test_taking_a_suppression_away_asks_for_a_tick_of_its_own(admin, ada) -> None:
    Prospect.objects.filter(pk=ada.pk).update(opted_out=True, do_not_email=True, soft_bounces=5)
    for action in ("opt_in", "clear_do_not_email", "reset_bounces"):
        page = url(ada, f"permission/{action}/")
        refused = admin.post(page, {"why": ""})
        assert b"This field is required" in refused.content
        assert admin.post(page, {"sure": "on", "why": ""}).status_code == 302
    ada.refresh_from_db()
    assert (ada.opted_out, ada.do_not_email, ada.soft_bounces) == (False, False, 0)


def test_do_not_email_is_offered_for_the_whole_address(reader) -> None:
    unit = make_unit("apac", allow_multiple_prospects_per_email=True)
    one, two = (add_prospect(unit, "ada@example.com", email_shared=True) for _ in range(2))
    marketing = reader("marketing", unit)
    marketing.post(url(one, "permission/do_not_email/"), {"everyone": "on", "why": ""})
    two.refresh_from_db()
    assert two.do_not_email


def test_roles_are_refused_what_they_may_not_do(reader, emea, ada) -> None:
    support, marketing = reader("support", emea), reader("marketing", emea)
    assert support.post(url(ada, "permission/unsubscribe/"), {"why": ""}).status_code == 403
    assert marketing.post(url(ada, "permission/opt_out/"), {"why": ""}).status_code == 403
    assert marketing.get(url(ada, "permission/nonsense/")).status_code == 404
    assert not Prospect.objects.filter(opted_out=True).exists()


def test_somebody_who_complained_is_resubscribed_by_an_administrator_only(
    reader, emea, ada
) -> None:
    Prospect.objects.filter(pk=ada.pk).update(opted_out=True, complained=True)
    marketing = reader("marketing", emea)
    assert "resubscribe" not in labels(marketing.get(url(ada)))
    refused = marketing.post(url(ada, "permission/resubscribe/"), {"sure": "on", "why": ""})
    assert refused.status_code == 409
    assert b"only an administrator may opt them in again" in refused.content


def test_before_the_upgrade_bounces_are_not_reset_by_a_button(reader) -> None:
    unit = make_unit("old", mailability_model="legacy")
    prospect = add_prospect(unit, "ada@example.com", hard_bounced=True)
    assert "reset_bounces" not in labels(reader("administrator", unit).get(url(prospect)))


def test_the_own_page_of_the_person_is_linked_for_who_may_report_its_events(
    reader, emea, ada
) -> None:
    path = url(ada)
    shown = reader("marketing", emea, name="mia").get(path).content.decode()
    link = re.search(r'href="(/email/[^"]+)"', shown)
    assert link is not None
    assert "ada@example.com" in Client().get(link[1]).content.decode()
    assert "/email/" not in reader("support", emea, name="sue").get(path).content.decode()
    nobody = add_prospect(emea, None)
    assert (
        "/email/" not in reader("administrator", emea, name="bo").get(url(nobody)).content.decode()
    )
