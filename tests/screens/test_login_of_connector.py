"""The page of the connector's login: methods, secrets that are not shown, keys, the test's end."""

import pytest
from cryptography import x509

from syncapp.core.login import METHODS, SECRETS
from syncapp.models import AuditEntry, Connector, SyncRun
from syncapp.services import secrets
from tests.screens.conftest import ENCRYPTION_KEY, add_run, private_key
from tests.screens.matrix import filled
from tests.screens.test_prospect_page import text_of

pytestmark = pytest.mark.django_db
PAGE = "/u/emea/settings/connectors/login/"


@pytest.fixture(autouse=True)
def keys(settings) -> None:
    settings.ENCRYPTION_KEYS = [ENCRYPTION_KEY]


def sent(browser, method="", **values):
    url = f"{PAGE}?method={method}" if method else PAGE
    return browser.post(url, filled(browser, url, values), follow=True)


def opened(name: str) -> str:
    return secrets.decrypt(stored=getattr(Connector.objects.get(), name), keys=[ENCRYPTION_KEY])


def test_each_method_asks_for_what_it_needs_and_nothing_else(
    admin, emea, django_assert_max_num_queries
) -> None:
    asked = {}
    for method in METHODS:
        with django_assert_max_num_queries(9):
            form = admin.get(f"{PAGE}?method={method}").context["form"]
        asked[method] = {bound.name for _, fields in form.sections() for bound in fields}
    always = {"url", "connector_user", "why"}
    assert {method: names - always for method, names in asked.items()} == {
        "client_credentials": {"client_id", "client_secret", "client_secret_env"},
        "jwt": {"client_id", "username", "private_key_env"},
        "password": {
            *("client_id", "username", "client_secret", "client_secret_env"),
            *("password", "security_token", "password_env"),
        },
    }


def test_a_password_and_its_token_are_kept_as_one_secret_that_no_page_shows(admin, emea) -> None:
    refused = sent(admin, "password", username="ann@example.com", security_token="tok8")
    assert "both are kept as one secret" in text_of(refused)
    values = {"username": "ann@example.com", "client_id": "", "password": "pass7"}
    done = sent(admin, "password", **values, security_token="tok8", why="No app yet")
    assert "Saved: Password (legacy), Client ID, Username, Password." in text_of(done)
    assert opened("password") == "pass7tok8"
    row = Connector.objects.get()
    assert (row.login_method, row.login_username, row.client_id) == (
        "password",
        "ann@example.com",
        "",
    )
    assert "Stored, encrypted. Enter another one to replace it." in text_of(admin.get(PAGE))
    entry = AuditEntry.objects.get(action="connector.secret")
    assert (entry.before, entry.after, entry.why) == (
        {"password": None},
        {"password": "stored"},
        "No app yet",
    )
    pages = done.content + refused.content + admin.get(PAGE).content
    assert b"pass7" not in pages
    assert b"tok8" not in pages


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("url", "http://example.com", "Plain http goes only to this machine"),
        ("client_id", "", "Is needed to be running."),
        ("client_secret_env", "a b", "is not the name of an environment variable"),
    ],
)
def test_what_is_not_legal_is_said_at_its_field_and_no_secret_is_kept(
    admin, emea, name, value, words
) -> None:
    answer = sent(admin, client_secret="s3cret", **{name: value})
    assert answer.status_code == 409
    assert words in " ".join(answer.context["form"].errors[name])
    assert Connector.objects.get().client_secret == ""
    assert b"s3cret" not in answer.content


def test_without_a_key_of_the_installation_no_secret_is_taken(admin, emea, settings) -> None:
    settings.ENCRYPTION_KEYS = []
    answer = sent(admin, client_secret="s3cret")
    assert answer.status_code == 409
    assert "Put one made by Fernet.generate_key() into SYNCLINE_ENCRYPTION_KEYS" in text_of(answer)


def test_nobody_saves_a_secret_over_a_newer_save(admin, emea) -> None:
    data = filled(admin, PAGE, {"client_secret": "s3cret"})
    Connector.objects.update(client_id="theirs", version=9)
    answer = admin.post(PAGE, data)
    assert "Changed meanwhile: nothing of yours is saved yet." in text_of(answer)
    assert Connector.objects.get().client_secret == ""


def test_a_key_pair_is_made_and_its_certificate_downloaded(admin, emea) -> None:
    asked = filled(admin, f"{PAGE}key/", {})
    assert admin.get(f"{PAGE}key/certificate/").status_code == 404
    assert admin.post(f"{PAGE}key/", asked).status_code == 302
    assert "Download the certificate" in text_of(admin.get(f"{PAGE}?method=jwt"))
    answer = admin.get(f"{PAGE}key/certificate/")
    assert answer["Content-Disposition"] == 'attachment; filename="syncline-emea.crt"'
    assert "PRIVATE" in opened("private_key")
    assert b"PRIVATE" not in answer.content
    certificate = x509.load_pem_x509_certificate(answer.content)
    assert certificate.public_key().key_size == 2048
    stale = admin.post(f"{PAGE}key/", asked)
    assert stale.status_code == 409
    assert "Somebody saved the connector after you opened the page" in text_of(stale)


def test_a_key_of_ones_own_is_taken_when_it_is_one(admin, emea) -> None:
    url = f"{PAGE}key/upload/"
    for text, words in (
        ("", "Choose the file, or paste its text."),
        ("nonsense", "This is no RSA private key in PEM form"),
        (private_key(1024), "The key has 1024 bits; use 2048 or more."),
    ):
        assert words in text_of(admin.post(url, filled(admin, url, {"text": text})))
    assert Connector.objects.get().private_key == ""
    mine = private_key()
    assert admin.post(url, filled(admin, url, {"text": mine})).status_code == 302
    assert opened("private_key") == mine


def test_a_running_connector_keeps_the_secret_that_it_needs(admin, emea) -> None:
    sent(admin, client_secret="s3cret", client_secret_env="")
    url = f"{PAGE}forget/client_secret/"
    refused = admin.post(url, filled(admin, url, {}))
    assert "login lacks: client_secret_env" in text_of(refused)
    sent(admin, client_secret_env="SECRET")
    assert admin.post(url, filled(admin, url, {})).status_code == 302
    assert not any(getattr(Connector.objects.get(), name) for name in SECRETS)


def test_the_test_is_queued_once_and_its_end_is_told(admin, emea) -> None:
    for _ in range(2):
        shown = text_of(admin.post(f"{PAGE}test/", follow=True))
    assert "Waiting for a worker" in shown
    assert SyncRun.objects.filter(kind="test").count() == 1
    add_run(emea, kind="test", state="failed", message="The client secret is wrong.")
    assert "The client secret is wrong." in text_of(admin.get(PAGE))
