"""People and roles: give, change, take away; the last administrator and other logins stay."""

import threading

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client

from syncapp.models import AuditEntry, BusinessUnit, Membership
from syncapp.services import people
from syncapp.services.refused import Refused
from tests.screens.conftest import T0, make_unit

pytestmark = pytest.mark.django_db
PAGE = "/u/emea/people/"


def person(unit, name: str = "bob", role: str = "support"):
    user, _ = get_user_model().objects.get_or_create(username=name)
    Membership.objects.create(unit=unit, user=user, role=role)
    return user


def role_of(user, unit) -> str | None:
    return Membership.objects.filter(user=user, unit=unit).values_list("role", flat=True).first()


def test_the_list_shows_everybody_with_role_and_login(admin, emea) -> None:
    person(emea, "bob", "marketing")
    person(make_unit("apac"), "stranger")
    html = admin.get(PAGE).content.decode()
    assert "bob" in html
    assert "Marketing" in html
    assert "No password yet" in html
    assert "stranger" not in html


def test_a_new_person_chooses_a_password_by_a_link_that_works_once(admin, emea, client) -> None:
    given = {"username": "ann", "email": "ann@example.com", "role": "marketing"}
    assert "no password yet" in admin.post(f"{PAGE}add/", given, follow=True).content.decode()
    ann = get_user_model().objects.get(username="ann")
    shown = admin.post(f"{PAGE}{ann.pk}/link/", follow=True).content.decode()
    link = "/accounts/password/" + shown.partition("/accounts/password/")[2].partition("\n")[0]
    link = link.split("<")[0].strip()
    form = client.get(link, follow=True)
    assert b"For the login ann." in form.content
    choice = {"new_password1": "right horse battery", "new_password2": "right horse battery"}
    assert client.post(form.request["PATH_INFO"], choice).url == "/accounts/login/"
    assert client.login(username="ann", password="right horse battery")
    assert client.get("/u/emea/").status_code == 200
    assert b"This link does not work" in Client().get(link, follow=True).content
    token = link.strip("/").rsplit("/", 1)[1]
    told = str(list(AuditEntry.objects.values("action", "target", "before", "after", "why")))
    assert "people.link" in told
    assert token not in told


def test_a_name_that_has_a_login_gets_the_role_with_it(admin, emea) -> None:
    bob = person(make_unit("apac"))
    admin.post(f"{PAGE}add/", {"username": "Bob", "role": "marketing"})
    assert role_of(bob, emea) == "marketing"
    assert AuditEntry.objects.get(action="people.added").target == "bob"
    again = admin.post(f"{PAGE}add/", {"username": "bob", "role": "support"})
    assert again.status_code == 409
    assert b"bob has a role in EMEA already" in again.content


@pytest.mark.parametrize(
    "given",
    [
        {"username": "", "role": "support"},
        {"username": "ann smith", "role": "support"},
        {"username": "ann", "role": "emperor"},
        {"username": "ann", "email": "no address", "role": "support"},
    ],
)
def test_nonsense_makes_no_login(admin, emea, given) -> None:
    before = get_user_model().objects.count()
    assert admin.post(f"{PAGE}add/", given).status_code in (200, 409)
    assert get_user_model().objects.count() == before


def test_a_role_is_changed_with_its_reason_in_the_trail(admin, emea) -> None:
    bob = person(emea)
    given = {"seen": "support", "role": "marketing", "why": "New job"}
    assert admin.post(f"{PAGE}{bob.pk}/role/", given).status_code == 302
    assert role_of(bob, emea) == "marketing"
    entry = AuditEntry.objects.get(action="people.role_changed")
    assert (entry.before, entry.after) == ({"role": "support"}, {"role": "marketing"})
    assert (entry.actor, entry.target, entry.why) == ("administrator-emea", "bob", "New job")


def test_a_role_that_somebody_changed_meanwhile_is_not_overwritten(admin, emea) -> None:
    bob = person(emea, role="marketing")
    answer = admin.post(f"{PAGE}{bob.pk}/role/", {"seen": "support", "role": "administrator"})
    assert answer.status_code == 409
    assert b"bob was made marketing meanwhile" in answer.content
    assert role_of(bob, emea) == "marketing"


@pytest.mark.parametrize("move", ["role", "remove"])
def test_the_last_administrator_stays(admin, emea, move) -> None:
    last = Membership.objects.get(unit=emea)
    inactive = person(emea, "old", "administrator")
    get_user_model().objects.filter(pk=inactive.pk).update(is_active=False)
    answer = admin.post(
        f"{PAGE}{last.user_id}/{move}/", {"seen": "administrator", "role": "support"}
    )
    assert answer.status_code == 409
    assert b"is the last administrator of EMEA" in answer.content
    assert role_of(last.user, emea) == "administrator"
    person(emea, "ann", "administrator")
    given = {"seen": "administrator", "role": "support"}
    assert admin.post(f"{PAGE}{last.user_id}/{move}/", given).status_code == 302


@pytest.mark.parametrize("move", ["role", "remove", "deactivate"])
def test_with_four_eyes_nobody_makes_themselves_the_single_administrator(admin, emea, move) -> None:
    BusinessUnit.objects.update(four_eyes=True)
    beth = person(emea, "beth", "administrator")
    given = {"seen": "administrator", "role": "support", "why": "Gone"}
    answer = admin.post(f"{PAGE}{beth.pk}/{move}/", given)
    assert answer.status_code == 409
    assert b"without beth a single administrator would be left" in answer.content
    assert (role_of(beth, emea), beth.is_active) == ("administrator", True)
    person(emea, "carl", "administrator")
    assert admin.post(f"{PAGE}{beth.pk}/{move}/", given).status_code == 302


def test_with_four_eyes_one_of_two_administrators_may_step_down(admin, emea) -> None:
    BusinessUnit.objects.update(four_eyes=True)
    person(emea, "beth", "administrator")
    mine = Membership.objects.get(unit=emea, user__username="administrator-emea")
    assert admin.post(f"{PAGE}{mine.user_id}/remove/", {"why": "New job"}).status_code == 302
    assert role_of(mine.user, emea) is None


@pytest.mark.django_db(transaction=True)
def test_two_administrators_cannot_remove_each_other_at_once(emea) -> None:
    both = [person(emea, name, "administrator") for name in ("ann", "bob")]
    start, refused = threading.Barrier(2), []

    def remove(mine: int) -> None:
        start.wait()
        try:
            people.remove(unit=emea, person=both[1 - mine].pk, actor=both[mine].username,
                          now=T0, why="")  # fmt: skip
        except Refused as error:
            refused.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=remove, args=[n]) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Membership.objects.filter(unit=emea, role="administrator").count() == 1
    assert len(refused) == 1


def test_somebody_deactivated_is_logged_out_and_every_unit_of_theirs_is_told(emea) -> None:
    apac = make_unit("apac")
    root = get_user_model().objects.create_superuser("root")
    bob = person(emea)
    person(apac)
    browser, theirs = Client(), Client()
    browser.force_login(root)
    theirs.force_login(bob)
    assert browser.post(f"{PAGE}{bob.pk}/deactivate/", {"why": "Left"}).status_code == 302
    assert theirs.get("/u/emea/").status_code == 302
    told = AuditEntry.objects.filter(action="people.deactivated")
    assert {one.unit_id for one in told} == {emea.pk, apac.pk}
    assert browser.post(f"{PAGE}{bob.pk}/reactivate/").status_code == 302
    theirs.force_login(get_user_model().objects.get(pk=bob.pk))
    assert theirs.get("/u/emea/").status_code == 200


@pytest.mark.parametrize("move", ["deactivate", "link"])
def test_a_login_with_roles_in_units_of_others_is_not_touched(admin, emea, move) -> None:
    bob = person(emea)
    person(make_unit("apac"))
    root = get_user_model().objects.create_superuser("root")
    person(emea, "root")
    for user in (bob, root):
        answer = admin.post(f"{PAGE}{user.pk}/{move}/")
        assert answer.status_code == 409
        assert b"only a superuser may change the login" in answer.content
        assert b"/link/" not in admin.get(f"{PAGE}{user.pk}/").content
    assert admin.post(f"{PAGE}{bob.pk}/remove/").status_code == 302


def test_nobody_deactivates_their_own_login(admin, emea) -> None:
    me = Membership.objects.get(unit=emea)
    assert admin.post(f"{PAGE}{me.user_id}/deactivate/").status_code == 409
    me.user.refresh_from_db()
    assert me.user.is_active


def test_people_of_another_unit_are_not_found_here(admin, emea) -> None:
    eve = person(make_unit("apac"), "eve")
    for page in ("", "role/", "remove/", "deactivate/", "link/"):
        assert admin.get(f"{PAGE}{eve.pk}/{page}").status_code == 404
        assert admin.post(f"{PAGE}{eve.pk}/{page}").status_code == 404


def test_the_units_listed_are_those_of_the_reader(admin, emea) -> None:
    make_unit("apac")
    html = admin.get("/u/emea/units/").content.decode()
    assert 'href="/u/emea/"' in html
    assert "APAC" not in html


def test_the_pages_cost_the_same_however_many_there_are(
    admin, emea, django_assert_max_num_queries
) -> None:
    for number in range(30):
        person(emea, f"p{number}")
    with django_assert_max_num_queries(6):
        admin.get(PAGE)
    with django_assert_max_num_queries(6):
        admin.get("/u/emea/units/")
