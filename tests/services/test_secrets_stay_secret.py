"""Client secrets and access tokens are in no table, no log and on no page, whatever happens."""

import logging

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client

from syncapp.models import AuditEntry, Connector, Membership, SyncRun
from syncapp.services import config_file
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "syncline-secret"
WRONG = "not-the-secret-of-the-app"
LOGIN = "settings/connectors/login/"
PAGES = ("", "runs/", "audit/", "settings/connectors/", LOGIN, "queues/", "people/")


def places_with(text: str) -> list[str]:
    """Tables that hold the text in any column of any row."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        found = []
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{text}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def administrator(world: World) -> Client:
    user = get_user_model().objects.create_user("ann")
    Membership.objects.create(unit=world.unit, user=user, role="administrator")
    browser = Client()
    browser.force_login(user)
    return browser


def unchanged(browser: Client) -> dict[str, str]:
    """The inputs of the login's form as they stand."""
    form = browser.get(f"/u/emea/{LOGIN}").context["form"]
    names = ("url", "client_id", "client_secret_env", "connector_user")
    values = {name: form[name].value() or "" for name in names}
    return values | {f"initial-{name}": value for name, value in values.items()}


def pages_with(browser: Client, text: str) -> list[str]:
    return [page for page in PAGES if text in browser.get(f"/u/emea/{page}").content.decode()]


def test_a_sync_leaves_neither_secret_nor_token_behind(world: World, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    world.org.lead("ada@example.com")
    assert world.sync().state == "complete"
    token = world.org.control("token", {"username": "integration@syncline.example"})
    for text in (SECRET, token["access_token"].partition("!")[2]):
        assert text
        assert places_with(text) == []
        assert text not in caplog.text
    assert pages_with(administrator(world), SECRET) == []


def test_a_refused_login_does_not_tell_the_secret_that_was_tried(
    world: World, caplog, monkeypatch
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("SYNCLINE_SF_SECRET", WRONG)
    run = world.sync()
    assert run.state == "failed"
    assert Connector.objects.get().warning == SyncRun.objects.get().message != ""
    assert places_with(WRONG) == []
    assert WRONG not in caplog.text
    assert pages_with(administrator(world), WRONG) == []


def test_a_stored_secret_logs_in_and_is_readable_nowhere(world: World, caplog, settings) -> None:
    caplog.set_level(logging.DEBUG)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    Connector.objects.update(client_secret_env="")
    admin = administrator(world)
    url = f"/u/emea/{LOGIN}"
    for secret, state in ((WRONG, "failed"), (SECRET, "complete")):
        shown = admin.get(url).context["form"]["version"].value()
        answer = admin.post(url, {"version": shown, "client_secret": secret, **unchanged(admin)})
        assert answer.status_code == 302
        world.connector = Connector.objects.select_related("unit").get()
        assert world.sync().state == state
    document = config_file.export(unit=world.unit)
    for text in (SECRET, WRONG):
        assert places_with(text) == []
        assert text not in caplog.text
        assert text not in str(document)
        assert pages_with(admin, text) == []
    told = AuditEntry.objects.filter(action="connector.secret").order_by("pk").last()
    assert (told.before, told.after) == ({"client_secret": "stored"}, {"client_secret": "stored"})


def test_the_search_for_secrets_finds_what_is_there(world: World) -> None:
    Connector.objects.update(warning=f"told: {SECRET}")
    assert places_with(SECRET) == ["syncapp_connector"]
    assert pages_with(administrator(world), SECRET) == ["", "settings/connectors/"]
