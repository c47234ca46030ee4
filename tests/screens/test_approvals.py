"""Approvals: the inbox, a proposal with its effect, and what each person may do about it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_rq import get_connection, get_queue

from syncapp.models import AuditEntry, BusinessUnit, ChangeRequest, Connector, Preview, SyncRun
from tests.screens.conftest import (
    add_applied,
    add_preview,
    add_proposal,
    add_prospect,
    add_run,
    linked,
)
from tests.screens.test_fields import send, text_of

pytestmark = pytest.mark.django_db
INBOX = "/u/emea/approvals/"


@pytest.fixture
def ada(emea):
    return add_prospect(emea, "ada@example.com", link=linked(1))


@pytest.fixture
def bob(emea):
    return add_prospect(emea, "bob@example.com", link=linked(2))


def url(change: ChangeRequest, tail: str = "") -> str:
    return f"{INBOX}{change.pk}/{tail}"


def buttons(browser, change: ChangeRequest) -> list[str]:
    return [action.label for action in browser.get(url(change)).context["actions"]]


def refused(browser, change: ChangeRequest, tail: str, **values: object) -> str:
    answer = send(browser, url(change, tail), **values)
    assert answer.status_code == 409
    return text_of(answer)


def test_the_inbox_lists_what_waits_with_its_counts_and_the_menu_counts_it(
    admin, reader, emea, ada, bob, django_assert_max_num_queries
) -> None:
    for n in range(3):
        add_proposal(emea, ada, red=[bob], why=f"No. {n}")
    add_proposal(emea, state="rejected", proposed_by="ben")
    with django_assert_max_num_queries(9):
        page = admin.get(INBOX)
    shown = text_of(page)
    assert "3 results" in shown
    for words in (
        "Waits for approval",
        "City, Sync behavior: Use Salesforce's value → Use Account Engagement's value",
        "mia",
    ):
        assert words in shown
    rows = [(row.get_cell("people"), row.get_cell("red")) for row in page.context["table"].rows]
    assert rows == [("2", "1")] * 3
    assert "Approvals 3 open" in shown
    assert "Approvals 3 open" not in text_of(reader("marketing", emea).get(INBOX))
    assert "1 result<" in admin.get(f"{INBOX}?state=rejected").content.decode()
    assert "4 results" in text_of(admin.get(f"{INBOX}?state=all"))
    assert "1 result<" in admin.get(f"{INBOX}?state=all&who=ben").content.decode()
    assert "3 Waits for approval proposals" in text_of(admin.get("/u/emea/"))
    lines = b"".join(admin.get(f"{INBOX}?export=csv").streaming_content).decode().splitlines()
    assert lines[0].startswith("Change,State,What,Proposed by")
    assert ",2,1" in lines[1]


def test_an_empty_inbox_says_what_would_be_here(admin, emea) -> None:
    assert "Nothing waits for approval" in text_of(admin.get(INBOX))


def test_a_proposal_tells_its_difference_effect_and_red_list(
    admin, emea, ada, bob, django_assert_max_num_queries
) -> None:
    change = add_proposal(emea, ada, red=[bob])
    with django_assert_max_num_queries(24):
        page = admin.get(url(change))
    shown = text_of(page)
    for words in (
        "City Sync behavior Use Salesforce's value Use Account Engagement's value",
        "Sales type it here",
        "1 person becomes mailable again because of it",
        "2 people concerned",
        "2 records change in Salesforce",
        "Conflicts 2",
        "API calls of that sync 7",
    ):
        assert words in shown
    assert "bob@example.com" in shown
    red = text_of(admin.get(url(change, "people/?list=red")))
    assert "bob@example.com" in red
    assert "Transactional Only" in red
    listed = text_of(admin.get(url(change, "changes/?field=city")))
    assert "ada@example.com" in listed
    assert "bob@example.com" not in listed
    lines = b"".join(admin.get(url(change, "changes/?export=csv")).streaming_content).decode()
    assert "ada@example.com,City,Turku → Espoo,sf,account_engagement" in lines
    assert "Nothing would change" not in listed
    assert "0 results" in text_of(admin.get(url(change, "changes/?group=waiting")))


def test_api_calls_of_a_day_stand_beside_what_is_allowed(admin, emea, ada) -> None:
    change = add_proposal(emea, ada)
    Preview.objects.update(
        forecast={"a_day": 1530, "budget": 1000, "org_a_day": 9000, "org_allowed": 15000}
    )
    shown = text_of(admin.get(url(change)))
    assert "of this unit in a day with it 1,530 of 1,000 more than is allowed" in shown
    assert "of the whole org in a day with it 9,000 of 15,000 Look" in shown
    asked = text_of(admin.get(url(change, "approve/")))
    assert "in a day with it: 1,530, more than the 1,000 that are allowed." in asked
    assert "9,000" not in asked
    Preview.objects.update(forecast={"a_day": 1530, "budget": None, "org_a_day": None})
    shown = text_of(admin.get(url(change)))
    assert "in a day with it 1,530 no budget of its own" in shown
    assert "whole org" not in shown


def test_each_person_gets_the_buttons_they_may_use(reader, emea, ada) -> None:
    change = add_proposal(emea, ada, proposed_by="marketing-emea")
    administrator, marketing = reader("administrator", emea), reader("marketing", emea)
    assert buttons(administrator, change) == ["Reject", "Ask for a new preview", "Approve"]
    assert buttons(marketing, change) == ["Withdraw", "Ask for a new preview"]
    assert buttons(reader("support", emea), change) == []
    other = reader("marketing", emea, "ann")
    assert buttons(other, change) == ["Ask for a new preview"]
    assert "marketing-emea proposed it" in refused(other, change, "withdraw/")
    send(marketing, url(change, "withdraw/"), reason="Wrong field")
    change.refresh_from_db()
    assert (change.state, change.reason) == ("withdrawn", "Wrong field")
    assert buttons(administrator, change) == []
    assert "is withdrawn" in refused(administrator, change, "approve/")


@pytest.mark.django_db(transaction=True)
def test_an_approval_is_a_queued_run_of_exactly_the_preview_that_was_seen(
    admin, emea, ada, bob
) -> None:
    get_connection("sync").flushdb()
    change = add_proposal(emea, ada, red=[bob])
    asked = text_of(admin.get(url(change, "approve/")))
    assert "2 records change because of it" in asked
    assert "1 person becomes mailable again: the approval releases them" in asked
    send(admin, url(change, "approve/"))  # without the tick
    assert not SyncRun.objects.filter(kind="change").exists()
    seen = change.preview_run_id
    newer = add_preview(emea, ada)
    ChangeRequest.objects.update(preview_run_id=newer.pk)
    told = refused(admin, change, "approve/", seen=seen, sure="on")
    assert "Look at the new preview first." in told
    done = text_of(send(admin, url(change, "approve/")))
    run = SyncRun.objects.get(kind="change")
    assert get_queue("sync").job_ids == [f"run-{run.pk}-0"]
    assert "Being applied" in done
    assert "Waiting for a worker" in done
    assert AuditEntry.objects.get(action="change.approved").actor == "administrator-emea"
    assert admin.get(url(change, "progress/")).status_code == 200


def test_nobody_approves_their_own_but_the_only_administrator_where_it_is_allowed(
    admin, emea, ada
) -> None:
    change = add_proposal(emea, ada, proposed_by="administrator-emea")
    assert "nobody approves their own proposal" in text_of(admin.get(url(change)))
    assert buttons(admin, change) == ["Withdraw", "Ask for a new preview"]
    assert "may not approve it" in refused(admin, change, "approve/")
    BusinessUnit.objects.update(allow_self_approval_when_alone=True)
    change = add_proposal(BusinessUnit.objects.get(), ada, proposed_by="administrator-emea")
    assert "Approve" in buttons(admin, change)
    asked = text_of(admin.get(url(change, "approve/")))
    assert "You approve your own proposal, as the only administrator" in asked
    send(admin, url(change, "approve/"))
    assert AuditEntry.objects.get(action="change.approved").after["by_the_proposer"]


def test_a_preview_that_cannot_hold_is_told_and_made_anew(admin, emea, ada) -> None:
    old = timezone.now() - timedelta(hours=25)
    change = add_proposal(emea, ada, previewed_at=old)
    assert "the preview was older than 24 hours" in text_of(admin.get(url(change)))
    assert buttons(admin, change) == ["Reject", "Ask for a new preview"]
    ChangeRequest.objects.update(previewed_at=timezone.now())
    Connector.objects.update(interval_seconds=999)
    assert "the unit's settings were changed since" in text_of(admin.get(url(change)))
    shown = text_of(admin.post(url(change, "preview/"), follow=True))
    assert "The preview is being made" in shown
    change.refresh_from_db()
    assert (change.state, buttons(admin, change)) == ("previewing", ["Reject"])
    lapsed = add_proposal(
        emea, ada, state="lapsed", decided_by="adam", message="somebody new would become mailable"
    )
    told = text_of(admin.get(url(lapsed)))
    assert "The approval of adam lapsed, and nothing was applied: somebody new would" in told
    failed = add_proposal(emea, state="failed", message="The preview was cancelled.")
    assert "The preview was cancelled." in text_of(admin.get(url(failed)))


def test_a_rejection_needs_a_reason_that_the_proposer_reads(admin, reader, emea, ada) -> None:
    change = add_proposal(emea, ada)
    assert "This field is required." in text_of(send(admin, url(change, "reject/")))
    send(admin, url(change, "reject/"), reason="Sales need the old field")
    shown = text_of(reader("marketing", emea).get(url(change)))
    assert "Rejected by administrator-emea" in shown
    assert "Their reason Sales need the old field" in shown


def test_people_comment_and_read_each_other(admin, reader, emea) -> None:
    change = add_proposal(emea)
    marketing = reader("marketing", emea)
    marketing.post(url(change, "comment/"), {"text": "Is <b>Town</b> right?"})
    shown = admin.post(url(change, "comment/"), {"text": " "}, follow=True)
    assert "The comment is empty." in text_of(shown)
    assert "Is &lt;b&gt;Town&lt;/b&gt; right?" in shown.content.decode()
    assert "marketing-emea" in text_of(shown)
    assert "Nobody has said" not in text_of(reader("support", emea).get(url(change)))


def test_what_was_applied_is_taken_back_while_the_settings_are_as_it_left_them(admin, emea) -> None:
    change = add_applied(emea)
    assert buttons(admin, change) == ["Take back"]
    asked = text_of(admin.get(url(change, "take-back/")))
    assert "Use Account Engagement's value → Use Salesforce's value" in asked
    Connector.objects.update(interval_seconds=999)
    assert "It cannot be taken back any more." in text_of(admin.get(url(change)))
    assert "were changed after run" in refused(admin, change, "take-back/")
    Connector.objects.update(interval_seconds=120)
    done = text_of(send(admin, url(change, "take-back/")))
    run = SyncRun.objects.get(options__undoes=change.applied_run_id)
    assert f"Run {run.pk} takes change {change.pk} back." in done
    assert "It is being taken back" in done
    assert buttons(admin, change) == []


def test_the_page_of_a_run_leads_to_its_proposal(admin, emea) -> None:
    change = add_applied(emea)
    shown = admin.get(f"/u/emea/runs/{change.applied_run_id}/").content.decode()
    assert f'href="{url(change)}"' in shown
    assert url(change) not in admin.get(f"/u/emea/runs/{add_run(emea).pk}/").content.decode()
