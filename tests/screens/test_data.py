"""Import / Export / Backups: look first, then do; what was done is told and can be undone."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from syncapp import jobs
from syncapp.models import AuditEntry, Backup, ImportFile, Prospect, SyncRun
from tests.screens.conftest import add_prospect

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = (
    b"Email,City,Opted Out\r\nada@example.com,Turku,1\r\nnew@example.com,Oslo,0\r\nnobody,,\r\n"
)


@pytest.fixture
def ada(emea):
    """Somebody in Espoo who gets mail."""
    return add_prospect(emea, "ada@example.com", city="Espoo")


def post(admin, path, **data):
    answer = admin.post(f"/u/emea/data/{path}", data)
    assert answer.status_code == 302, answer.content
    return answer


def work_the_newest(kind):
    run = SyncRun.objects.filter(kind=kind).latest("pk")
    jobs.run(run.pk)
    run.refresh_from_db()
    assert run.state in ("complete", "partial"), run.message
    return run


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_a_file_shows_what_it_does_before_anything_is_imported_and_then_does_that(
    admin, ada
) -> None:
    page = post(admin, "import/", file=SimpleUploadedFile("people.csv", PEOPLE)).url
    assert b"A worker looks at the file" in admin.get(page).content
    run = work_the_newest("import")
    assert Prospect.objects.count() == 1
    assert AuditEntry.objects.filter(action="prospects.import").count() == 0
    file = ImportFile.objects.get()
    counted = {key: file.preview[key] for key in ("rows", "created", "updated", "failed")}
    assert counted == {"rows": 3, "created": 1, "updated": 1, "failed": 1}
    shown = admin.get(page).content.decode()
    assert "What it would do" in shown
    assert "nobody" in shown
    assert "1 prospects are made, 1 changed" in admin.get(f"{page}start/").content.decode()
    post(admin, f"imports/{file.pk}/start/")
    run = work_the_newest("import")
    assert (run.state, run.counts["seen"], run.counts["applied"]) == ("partial", 3, 2)
    ada.refresh_from_db()
    assert (ada.city, ada.opted_out) == ("Turku", True)
    file.refresh_from_db()
    assert ({**file.report}, bytes(file.content)) == (file.preview, b"")
    assert "What it did" in admin.get(page).content.decode()
    again = admin.post(f"{page}start/")
    assert (again.status_code, SyncRun.objects.filter(kind="import").count()) == (409, 2)


def test_a_file_without_the_headers_is_refused_by_its_preview(admin, emea) -> None:
    page = post(admin, "import/", file=SimpleUploadedFile("x.csv", b"\x00\xff,b\r\n1,2\r\n")).url
    run = SyncRun.objects.get(kind="import")
    jobs.run(run.pk)
    run.refresh_from_db()
    assert run.state == "failed"
    assert b"The file cannot be imported" in admin.get(page).content
    assert admin.post(f"{page}start/").status_code == 409
    assert admin.post("/u/emea/data/import/", {}).status_code == 400


def test_prospects_and_suppressions_are_taken_away_as_files_and_that_is_audited(
    admin, emea
) -> None:
    add_prospect(emea, "ada@example.com", city="Espoo")
    add_prospect(emea, "bob@example.com", opted_out=True)
    found = rows_of(admin.get("/u/emea/data/export/prospects/"))
    assert [(row["Email"], row["City"]) for row in found] == [
        ("ada@example.com", "Espoo"),
        ("bob@example.com", ""),
    ]
    answer = admin.get("/u/emea/data/export/suppressions/")
    assert [row["Email"] for row in rows_of(answer)] == ["bob@example.com"]
    since = answer["X-Cursor"].replace("+", "%2B")
    assert admin.get(f"/u/emea/data/export/suppressions/?since={since}").status_code == 200
    assert admin.get("/u/emea/data/export/suppressions/?since=soon").status_code == 400
    told = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"prospects.export", "suppressions.export"} <= told


def test_backup_damage_compare_restore_and_all_is_as_before(admin, ada, emea) -> None:
    bob = add_prospect(emea, "bob@example.com", city="Oslo")
    post(admin, "backups/new/", why="before the spring clean")
    run = work_the_newest("backup")
    backup = Backup.objects.get()
    assert (backup.state, backup.rows, run.done, run.total) == ("verified", 2, 2, 2)
    page = f"/u/emea/data/backups/{backup.pk}/"
    assert b"Nothing differs." in admin.get(page).content
    Prospect.objects.update(city="Nowhere", opted_out=True)
    shown = admin.get(page).content.decode()
    assert "Espoo" in shown
    assert "Nowhere" in shown
    compared = rows_of(admin.get(f"{page}?export=csv"))
    assert {(r["Prospect"], r["Field"]) for r in compared} == {
        (name, field)
        for name in ("ada@example.com", "bob@example.com")
        for field in ("city", "opted_out")
    }
    downloaded = rows_of(admin.get(f"{page}download/"))
    assert [row["city"] for row in downloaded] == ["Espoo", "Oslo"]

    preview = post(admin, f"backups/{backup.pk}/restore/", prospects="ada@example.com").url
    work_the_newest("restore")
    ada.refresh_from_db()
    assert (ada.city, ada.opted_out) == ("Nowhere", True)
    shown = admin.get(preview).content.decode()
    assert "Goes back" in shown
    assert "an opt-out only goes with an explicit tick" in shown
    assert "bob@example.com" not in shown
    admin.post(f"{preview}start/")
    run = work_the_newest("restore")
    for prospect, city in ((ada, "Espoo"), (bob, "Nowhere")):
        prospect.refresh_from_db()
        assert (prospect.city, prospect.opted_out) == (city, True)
    assert admin.get(f"/u/emea/runs/{run.pk}/").status_code == 200


def test_a_restore_names_prospects_that_exist(admin, ada, emea) -> None:
    backup = Backup.objects.create(
        unit=emea, state="verified", columns=["city"], created_at=ada.created_at, created_by="ann"
    )
    answer = admin.post(f"/u/emea/data/backups/{backup.pk}/restore/", {"prospects": "eve 1"})
    assert answer.status_code == 200
    assert b"has no prospect eve" in answer.content
    assert SyncRun.objects.count() == 0
