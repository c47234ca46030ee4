"""Edit a prospect, move it between its states: saved only over what the person saw."""

import re

import pytest
from django import forms

from syncapp.models import Prospect, ProspectField, ProspectLink
from tests.screens.conftest import add_prospect, linked, make_unit
from tests.screens.test_prospect_page import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(emea):
    emea.users.create(email="ann@example.com", name="Ann")
    return add_prospect(
        emea,
        "ada@example.com",
        link=linked(1),
        last_name="Lovelace",
        city="Oslo",
        comments="one\ntwo",
        do_not_call=True,
        score=5,
    )


def url(prospect: Prospect, tail: str = "edit/") -> str:
    return f"/u/{prospect.unit.slug}/prospects/{prospect.pk}/{tail}"


def filled(answer) -> dict[str, str]:
    """The form as a browser sends it back untouched, hidden inputs included."""
    html = answer.content.decode()
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', html))
    form = answer.context["form"]
    data = {"version": hidden["version"]}
    for name, field in form.fields.items():
        if name == "version":
            continue
        data[f"initial-{name}"] = hidden.get(f"initial-{name}", "")
        value = form[name].value()
        if isinstance(field, forms.BooleanField) and value in (False, "", "False"):
            continue
        data[name] = "" if value is None else str(value).replace("\n", "\r\n")
    return data


def test_an_untouched_form_changes_nothing(admin, ada) -> None:
    page = admin.get(url(ada))
    assert len(filled(page)) > 50
    done = text_of(admin.post(url(ada), filled(page), follow=True))
    assert "Nothing was changed." in done
    ada.refresh_from_db()
    assert (ada.version, ada.comments, ada.do_not_call) == (0, "one\ntwo", True)
    assert ProspectLink.objects.get().pending is None


def test_what_was_changed_is_saved_told_and_asks_for_a_sync(reader, emea, ada) -> None:
    marketing = reader("marketing", emea)
    data = filled(marketing.get(url(ada)))
    data |= {"city": "Turku", "score": "12", "assigned_user": "ann@example.com"}
    data.pop("do_not_call")
    done = text_of(marketing.post(url(ada), data, follow=True))
    assert "Saved: " in done
    for name in ("City", "Score", "Assigned user", "Do Not Call"):
        assert name in done
    ada.refresh_from_db()
    assert (ada.city, ada.score, ada.do_not_call) == ("Turku", 12, False)
    assert ada.assigned_user.email == "ann@example.com"
    link = ProspectLink.objects.get()
    assert (link.pending, link.base["city"][0]) == ("edit", "Oslo")
    assert "by marketing-emea" in text_of(marketing.get(url(ada, "")))


def test_a_newer_change_is_not_overwritten_and_only_what_was_touched_is_asked_again(
    admin, ada
) -> None:
    data = filled(admin.get(url(ada))) | {"city": "Turku"}
    Prospect.objects.update(city="Espoo", job_title="Director", version=7)
    answer = admin.post(url(ada), data)
    assert answer.status_code == 409
    assert "City: it is Espoo now, you entered Turku." in text_of(answer)
    again = filled(answer)
    assert (again["city"], again["initial-city"]) == ("Turku", "Espoo")
    assert (again["job_title"], again["initial-job_title"]) == ("Director", "Director")
    assert again["version"] == "7"
    admin.post(url(ada), again)
    ada.refresh_from_db()
    assert (ada.city, ada.job_title) == ("Turku", "Director")


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("email", "nonsense", "not an email address"),
        ("score", "many", "not a number"),
        ("email", "bob@example.com", "has another prospect bob@example.com"),
    ],
)
def test_a_value_that_cannot_be_held_is_refused_with_the_reason(
    admin, ada, field, typed, words
) -> None:
    add_prospect(ada.unit, "bob@example.com")
    data = filled(admin.get(url(ada))) | {field: typed, "city": "Turku"}
    answer = admin.post(url(ada), data)
    assert answer.status_code == 409
    assert words in text_of(answer)
    assert 'value="Turku"' in answer.content.decode()
    ada.refresh_from_db()
    assert ada.city == "Oslo"


def test_support_neither_sees_the_button_nor_gets_past_it(reader, emea, ada) -> None:
    support = reader("support", emea)
    assert url(ada) not in support.get(url(ada, "")).content.decode()
    assert support.post(url(ada), {"version": 0, "city": "Turku"}).status_code == 403


def test_permission_is_not_in_the_form_whatever_is_sent(admin, ada) -> None:
    page = admin.get(url(ada))
    assert not {"opted_out", "do_not_email"} & set(page.context["form"].fields)
    admin.post(url(ada), filled(page) | {"opted_out": "on", "initial-opted_out": ""})
    ada.refresh_from_db()
    assert ada.opted_out is False


def test_the_company_of_a_contact_with_an_account_cannot_be_edited(admin, ada) -> None:
    ProspectLink.objects.update(lead_id=None, contact_id="003000000000001AAA", account_id="001A")
    page = admin.get(url(ada))
    assert "The name of the contact&#x27;s account in Salesforce" in page.content.decode()
    admin.post(url(ada), filled(page) | {"company": "Other"})
    ada.refresh_from_db()
    assert ada.company is None


def test_custom_fields_are_edited_by_their_type(admin, ada) -> None:
    made = {"unit": ada.unit, "custom": True, "behavior": "salesforce"}
    values = ["Blue", "Green", "Red"]
    for key, kind in (("color", "dropdown"), ("likes", "multi_select")):
        ProspectField.objects.create(
            key=key, label=key.capitalize(), type=kind, values=values, **made
        )
    data = filled(admin.get(url(ada))) | {"color": "Blue", "likes": ["Red", "Blue"]}
    admin.post(url(ada), data)
    ada.refresh_from_db()
    assert ada.custom == {"color": "Blue", "likes": "Blue;Red"}
    again = admin.get(url(ada)).content.decode()
    assert len(re.findall(r'name="likes" value="\w+"[^>]* checked', again)) == 2
    assert '<option value="Blue" selected' in again


def test_the_form_costs_a_fixed_number_of_queries(
    admin, ada, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(8):
        admin.get(url(ada))


def test_do_not_sync_and_back_say_what_they_mean(reader, emea, ada) -> None:
    marketing = reader("marketing", emea)
    asked = text_of(marketing.get(url(ada, "state/do-not-sync/")))
    assert "Its CRM IDs are kept" in asked
    done = text_of(marketing.post(url(ada, "state/do-not-sync/"), follow=True))
    assert "No. The prospect is flagged Do not sync with CRM." in done
    link = ProspectLink.objects.get()
    assert (link.state, link.lead_id) == ("do_not_sync", linked(1)["lead_id"])
    assert "first link" in text_of(marketing.get(url(ada, "state/sync-again/")))
    marketing.post(url(ada, "state/sync-again/"))
    link.refresh_from_db()
    assert (link.state, link.consent_epoch) == ("linked", -1)


def test_the_recycle_bin_and_back(admin, ada) -> None:
    done = text_of(admin.post(url(ada, "state/recycle/"), follow=True))
    assert "Unmailable (recycle bin)" in done
    assert "Take out of the recycle bin" in done
    admin.post(url(ada, "state/restore/"))
    ada.refresh_from_db()
    assert ada.archived is False


def test_nobody_comes_back_from_the_recycle_bin_to_an_address_that_is_taken(admin, ada) -> None:
    admin.post(url(ada, "state/recycle/"))
    add_prospect(ada.unit, "ada@example.com")
    refused = admin.post(url(ada, "state/restore/"))
    assert refused.status_code == 409
    assert "has another prospect ada@example.com" in text_of(refused)


def test_a_move_that_does_not_exist_is_not_found(admin, ada) -> None:
    assert admin.get(url(ada, "state/explode/")).status_code == 404


def test_several_prospects_may_have_the_address_where_the_unit_allows_it(reader) -> None:
    unit = make_unit("apac", allow_multiple_prospects_per_email=True)
    one = add_prospect(unit, "one@example.com", email_shared=True)
    add_prospect(unit, "two@example.com", email_shared=True)
    admin = reader("administrator", unit)
    admin.post(url(one), filled(admin.get(url(one))) | {"email": "two@example.com"})
    one.refresh_from_db()
    assert one.email == "two@example.com"
    assert "shared with 1 other prospect" in text_of(admin.get(url(one, "")))
