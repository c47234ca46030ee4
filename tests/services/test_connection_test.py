"""The connection test logs in for real and explains each failure in plain words."""

import pytest
from cryptography.fernet import Fernet

from syncapp import jobs
from syncapp.models import Connector, SyncRun
from syncapp.services import connection_test, login
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)
SALES = "sales@syncline.example"


def tried(world: World, **settings) -> tuple[str, str]:
    Connector.objects.update(**settings)
    world.unit.connector.refresh_from_db()
    now = world.now()
    run = connection_test.open_test(unit=world.unit, actor="console", now=now, trigger="cli")
    jobs.run(run.pk)
    run.refresh_from_db()
    return run.state, run.message


def test_a_login_that_works_says_who_it_is_and_writes_nothing(world: World) -> None:
    state, told = tried(world)
    assert (state, told[:49]) == ("complete", "Logged in as integration@syncline.example to org ")
    assert {call["method"] for call in world.org.calls()} <= {"GET", "POST"}
    assert SyncRun.objects.get().api_calls == len(world.org.calls()) == 3
    assert Connector.objects.get().organization_id == ""


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"client_id": "unknown"}, "The org knows no connected app with this client ID."),
        ({"client_secret_env": "SYNCLINE_SF_SECRET_EMEA"}, "The client secret is wrong"),
        ({"client_secret_env": "NOT_SET_ANYWHERE"}, "NOT_SET_ANYWHERE holds no client secret"),
        ({"login_url": "http://127.0.0.1:9"}, "127.0.0.1 does not answer. Check the login URL"),
        ({"login_url": "http://example.com"}, "Plain http to example.com is refused."),
        (
            {
                "login_method": "password",
                "login_username": SALES,
                "password_env": "SYNCLINE_SF_SECRET",
                "client_id": "",
            },
            "Username, password or security token is wrong",
        ),
        ({"connector_user": "other@example.com"}, "the connector user is set to other@example.com"),
        ({"organization_id": "00D000000000009AAA"}, "needs a business unit of its own"),
    ],
)
def test_each_failure_says_what_to_do(world: World, settings, words) -> None:
    state, told = tried(world, **settings)
    assert state != "complete"
    assert words in told
    assert "syncline-secret" not in told


def test_a_generated_key_logs_in_once_the_org_has_its_certificate(world: World, settings) -> None:
    settings.ENCRYPTION_KEYS = keys = [Fernet.generate_key().decode()]
    now = world.now()
    login.make_key(unit=world.unit, version=0, keys=keys, actor="console", now=now)
    jwt = {"login_method": "jwt", "login_username": SALES, "client_secret_env": ""}
    state, told = tried(world, **jwt)
    assert (state, "Upload the certificate" in told or "no certificate" in told) == ("failed", True)
    certificate = Connector.objects.get().certificate
    world.org.control("apps", {"syncline": {"certificate": certificate}}, "PUT")
    state, told = tried(world)
    assert told.startswith(f"Logged in as {SALES}")
    world.org.control("apps", {"syncline": {"approved_users": []}}, "PUT")
    assert "not approved for the connected app" in tried(world)[1]
    world.org.control("apps", {"syncline": {"approved_users": None}}, "PUT")
    world.org.lead("ada@example.com")
    world.connector = Connector.objects.select_related("unit").get()
    assert world.sync().state == "complete"
    assert world.prospect("ada@example.com").link.lead_id
