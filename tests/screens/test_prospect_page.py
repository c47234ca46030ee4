"""A prospect's page: every value with its reason, mailability, the checklist, history, problems."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from django_rq import get_connection, get_queue

from dashboard.prospects.fields import GROUPS
from syncapp.core.catalog import BY_KEY
from syncapp.models import (
    Conflict,
    Connector,
    Prospect,
    ProspectField,
    ProspectLink,
    SyncError,
    SyncRun,
)
from tests.screens.conftest import T0, add_prospect, add_run, change, linked, make_unit, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(emea):
    return add_prospect(
        emea,
        "ada@example.com",
        link=linked(1),
        first_name="Ada",
        last_name="Lovelace",
        city="Turku",
        job_title="Engineer",
    )


def url(prospect: Prospect, tab: str = "") -> str:
    return f"/u/{prospect.unit.slug}/prospects/{prospect.pk}/{tab}"


def text_of(answer) -> str:
    """The page as it is read: tags away, white space single."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def row(answer, key: str) -> str:
    """One field's row."""
    html = answer.content.decode()
    part = html.partition(f'id="field-{key}"')[2].partition("</li>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part))


def test_every_default_field_is_in_exactly_one_group() -> None:
    shown = [key for _, _, keys in GROUPS for key in keys.split()]
    assert sorted(shown) == sorted([*BY_KEY, "assigned_user"])


def test_the_page_costs_a_fixed_number_of_queries(
    admin, ada, django_assert_max_num_queries
) -> None:
    for number in range(30):
        run = add_run(ada.unit)
        tell(ada, change("city", f"City {number}", "Turku", "salesforce"), run=run)
    with django_assert_max_num_queries(13):
        admin.get(url(ada))


def test_a_value_that_a_sync_decided_tells_both_values_both_times_rule_and_run(admin, ada) -> None:
    run = add_run(ada.unit)
    tell(ada, change("city", "Bergen", "Oslo", "created"), now=T0 - timedelta(days=9))
    tell(
        ada,
        change("city", "Oslo", "Turku", "salesforce"),
        run=run,
        ae_at=T0 - timedelta(days=2),
        sf_at=T0 - timedelta(days=1),
    )
    answer = admin.get(url(ada))
    told = row(answer, "city")
    assert "Use Salesforce's value: the two sides differed." in told.replace("&#x27;", "'")
    assert "Account Engagement Oslo" in told
    assert re.search("Salesforce Turku +Won", told)
    assert f"run {run.pk}" in told
    assert "Set here" in told
    assert "Bergen" not in told
    times = re.findall(r'datetime="([^"]+)"', answer.content.decode())
    assert (T0 - timedelta(days=2)).isoformat() in times
    assert (T0 - timedelta(days=1)).isoformat() in times


def test_a_value_that_went_to_salesforce_tells_the_edit_that_it_goes_back_to(admin, ada) -> None:
    run = add_run(ada.unit)
    tell(
        ada,
        change("job_title", "Clerk", "Engineer", "manual", winner="ae"),
        actor="ann",
        now=T0 - timedelta(hours=1),
    )
    tell(
        ada,
        change("job_title", "Clerk", "Engineer", "account_engagement", side="sf", winner="ae"),
        run=run,
    )
    told = row(admin.get(url(ada)), "job_title")
    assert "Written to Salesforce" in told
    assert re.search("Account Engagement Engineer +Won", told)
    assert "Salesforce Clerk" in told
    assert "Edited by hand." in told
    assert "by ann" in told


def test_a_value_that_nothing_ever_changed_says_so_and_how_it_syncs(admin, ada) -> None:
    told = row(admin.get(url(ada)), "city")
    assert "Never changed by a sync, nor by hand." in told
    assert "CRM Field ID: City on the lead." in told
    assert "does not sync" in row(admin.get(url(ada)), "territory")
    assert "value, always" in row(admin.get(url(ada)), "score")


def test_an_edit_on_its_way_and_a_field_on_hold_are_marked(admin, ada) -> None:
    ProspectLink.objects.filter(prospect=ada).update(base={"city": ["Oslo", None, "manual"]})
    ProspectField.objects.filter(key="phone").update(hold_reason="hidden:Lead:Phone")
    answer = admin.get(url(ada))
    assert "Waits for the next sync" in row(answer, "city")
    assert "Both sides last agreed on: Oslo." in row(answer, "city")
    assert "On hold" in row(answer, "phone")


def test_custom_fields_are_shown_by_their_label(admin, ada) -> None:
    ProspectField.objects.create(
        unit=ada.unit,
        key="favourite_color",
        label="Favourite Color",
        type="text",
        custom=True,
        behavior="salesforce",
    )
    Prospect.objects.filter(pk=ada.pk).update(custom={"favourite_color": "Blue"})
    assert "Favourite Color Blue" in row(admin.get(url(ada)), "favourite_color")


def test_values_from_outside_are_text_and_never_markup(admin, ada) -> None:
    Prospect.objects.filter(pk=ada.pk).update(city="<script>alert(1)</script>", comments="a\nb")
    html = admin.get(url(ada)).content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "a<br>b" in html


@pytest.mark.parametrize(
    ("facts", "status", "reasons", "may"),
    [
        ({}, "Mailable", [], ["Marketing email may be sent"]),
        (
            {"opted_out": True},
            "Transactional Only",
            ["Opted Out: the person does not want marketing email."],
            ["Marketing email may not be sent", "Operational email may be sent"],
        ),
        (
            {"hard_bounced": True, "do_not_email": True},
            "Undeliverable",
            ["bounced hard", "Do Not Email is ticked."],
            ["One-to-one email may not be sent"],
        ),
        ({"held_opt_out": True}, "Transactional Only", ["held by a guard"], []),
        ({"archived": True}, "Unmailable (recycle bin)", ["recycle bin"], []),
    ],
)
def test_mailability_is_told_with_reasons_and_what_may_be_sent(
    admin, ada, facts, status, reasons, may
) -> None:
    Prospect.objects.filter(pk=ada.pk).update(**facts)
    shown = text_of(admin.get(url(ada)))
    assert status in shown
    for words in (*reasons, *may):
        assert words in shown


def test_a_legacy_unit_has_its_own_status(reader) -> None:
    unit = make_unit("old", mailability_model="legacy")
    prospect = add_prospect(unit, "ada@example.com", opted_out=True)
    assert "Unmailable" in text_of(reader("support", unit).get(url(prospect)))


@pytest.mark.parametrize(
    ("link", "facts", "connector", "answer"),
    [
        ({}, {}, "running", "Yes: it syncs with its record."),
        ({}, {}, "paused", "No. The connector is paused."),
        ({"state": "do_not_sync"}, {}, "running", "No. The prospect is flagged Do not sync"),
        ({"state": "crm_deleted"}, {}, "running", "No. Deleted from CRM"),
        ({"reason": "email_moved"}, {}, "running", "No. Its record went to another prospect"),
        ({}, {"archived": True}, "running", "No. The prospect is in the recycle bin."),
        ({"lead_id": None}, {"email": "nonsense"}, "running", "No. It has no CRM ID and no valid"),
        (
            {"lead_id": None, "state": "none", "known_match": True},
            {},
            "running",
            "No. A record has its email address",
        ),
        ({"lead_id": None, "state": "none"}, {}, "running", "No. No record has its email address"),
    ],
)
def test_the_checklist_says_in_plain_words_why_it_syncs_or_not(
    admin, ada, link, facts, connector, answer
) -> None:
    ProspectLink.objects.filter(prospect=ada).update(**link)
    Prospect.objects.filter(pk=ada.pk).update(**facts)
    Connector.objects.update(state=connector)
    page = admin.get(url(ada))
    assert answer in text_of(page)
    crosses = page.content.decode().count('<span class="visually-hidden">No: </span>')
    assert crosses == (0 if answer.startswith("Yes") else 1)


def test_history_is_told_with_every_detail_newest_first(
    admin, ada, django_assert_max_num_queries
) -> None:
    run = add_run(ada.unit)
    tell(ada, change("city", "Oslo", "Espoo", "manual", winner="ae"), actor="ann")
    tell(ada, change("city", "Espoo", "Turku", "most_recent_record"), run=run, sf_at=T0)
    with django_assert_max_num_queries(12):
        answer = admin.get(
            url(ada, "history/?columns=at,source,label,change,side,winner,why,ae_at,sf_at")
        )
    shown = text_of(answer)
    assert shown.index("Turku") < shown.index("Oslo")
    assert "Use the most recently updated record: the later record won." in shown
    assert "ann" in shown
    assert "2 changes" in shown


def test_history_of_one_field_is_a_filter_in_the_url(admin, ada) -> None:
    tell(ada, change("city", "Oslo", "Turku", "salesforce"))
    tell(ada, change("phone", "1", "2", "salesforce"))
    shown = text_of(admin.get(url(ada, "history/?field=city")))
    assert "1 change " in shown
    assert "Oslo" in shown
    assert "Field: City" in shown


def test_a_prospect_without_history_says_what_would_be_told(admin, ada) -> None:
    assert "Nothing has changed yet" in text_of(admin.get(url(ada, "history/")))


def test_conflicts_and_errors_are_told_with_both_values_and_the_fix(
    admin, ada, django_assert_max_num_queries
) -> None:
    times = {"created_at": T0, "updated_at": T0}
    Conflict.objects.create(
        unit=ada.unit,
        prospect=ada,
        kind="both_changed",
        field="city",
        ae_value="Espoo",
        sf_value="Turku",
        decided="salesforce",
        **times,
    )
    SyncError.objects.create(
        unit=ada.unit,
        prospect=ada,
        code="STRING_TOO_LONG",
        field="job_title",
        message="data value too large",
        **times,
    )
    with django_assert_max_num_queries(12):
        shown = text_of(admin.get(url(ada, "problems/")))
    for words in (
        "Both sides changed this field since the last sync.",
        "Espoo",
        "Turku",
        "The value is longer than the Salesforce field.",
        "Shorten the value.",
        "data value too large",
        "Conflicts and errors 2",
    ):
        assert words in shown


def test_a_prospect_without_problems_says_so(admin, ada) -> None:
    assert "No conflicts, no sync errors" in text_of(admin.get(url(ada, "problems/")))


@pytest.fixture
def queue():
    get_connection("sync").flushdb()
    return get_queue("sync")


@pytest.mark.django_db(transaction=True)
def test_sync_with_crm_opens_a_run_that_the_page_shows(reader, ada, queue) -> None:
    support = reader("support", ada.unit)
    page = support.post(url(ada, "sync/"), follow=True)
    run = SyncRun.objects.get()
    assert (run.kind, run.options["prospects"], run.created_by) == (
        "prospect",
        [ada.pk],
        "support-emea",
    )
    assert queue.job_ids == [f"run-{run.pk}-0"]
    progress = url(ada, f"progress/{run.pk}/")
    assert f'hx-get="{progress}"' in page.content.decode()
    assert support.get(progress).status_code == 200
    SyncRun.objects.update(state="complete", ended_at=timezone.now(), counts={"applied": 1})
    last = support.get(progress)
    assert (last.status_code, last["HX-Refresh"]) == (286, "true")
    assert "what differed was written" in text_of(support.get(url(ada)))


def test_an_older_run_is_not_shown_as_news(admin, ada) -> None:
    add_run(ada.unit, kind="prospect", options={"prospects": [ada.pk]})
    assert b"manual-run" not in admin.get(url(ada)).content


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ({"state": "crm_deleted"}, "Deleted from CRM: its record was deleted"),
        ({"state": "do_not_sync"}, "flagged Do not sync with CRM"),
    ],
)
def test_sync_with_crm_says_at_once_when_it_cannot(admin, ada, link, words) -> None:
    ProspectLink.objects.filter(prospect=ada).update(**link)
    shown = text_of(admin.post(url(ada, "sync/"), follow=True))
    assert words in shown
    assert not SyncRun.objects.exists()


def test_sync_with_crm_passes_while_the_connector_is_paused(admin, ada) -> None:
    Connector.objects.update(state="paused")
    admin.post(url(ada, "sync/"))
    assert SyncRun.objects.filter(kind="prospect").exists()
