"""API tokens: made by an administrator, shown once, known by their digest, revoked for good."""

import io
import json
from datetime import timedelta
from hashlib import sha256

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from syncapp.models import ApiToken, AuditEntry
from syncapp.services import access, changes, tokens
from syncapp.services.access import Right, Role
from syncapp.services.refused import Refused
from tests.screens.conftest import T0, add_proposal, add_token, make_unit

pytestmark = pytest.mark.django_db
PAGE = "/u/emea/tokens/"


def made(unit, name: str = "shop", role: str = "reader", days: int | None = None) -> str:
    """The text of a new token."""
    return tokens.create(unit=unit, name=name, role=role, days=days, actor="console", now=T0)[1]


def test_a_token_is_shown_once_and_only_its_digest_is_kept(admin) -> None:
    sent = {"name": "warehouse", "role": "support", "days": "30"}
    shown = admin.post(f"{PAGE}new/", sent, follow=True).content.decode()
    text = "syncline_" + shown.partition("password: syncline_")[2].split("<")[0].split()[0]
    held = ApiToken.objects.get()
    assert held.digest == sha256(text.encode()).hexdigest()
    assert (held.name, held.role, held.created_by) == (
        "warehouse", "support", "administrator-emea",
    )  # fmt: skip
    assert timedelta(days=29) < held.expires_at - timezone.now() <= timedelta(days=30)
    again = admin.get(PAGE).content.decode()
    assert "warehouse" in again
    assert text not in again
    entry = AuditEntry.objects.get(action="token.created")
    assert (entry.actor, entry.target) == ("administrator-emea", "warehouse")
    stored = str([list(m.objects.values()) for m in (ApiToken, AuditEntry)])
    assert text not in stored


def test_a_token_opens_until_it_expires_or_is_revoked(emea) -> None:
    text, other = made(emea, days=1), made(emea, "other")
    assert tokens.opened(text=text, now=T0).unit == emea
    late = T0 + timedelta(days=1)
    for moment, secret, code in (
        (late, text, "token_expired"),
        (T0, text + "x", "invalid_token"),
        (T0, "", "invalid_token"),
        (T0, "\ud800", "invalid_token"),
    ):
        with pytest.raises(Refused) as refused:
            tokens.opened(text=secret, now=moment)
        assert refused.value.code == code
    assert tokens.opened(text=other, now=late).name == "other"
    held = ApiToken.objects.get(name="other")
    assert held.last_used_at == late
    assert tokens.revoke(unit=emea, token=held.pk, actor="console", now=T0, why="Lost") == "other"
    with pytest.raises(Refused, match="is revoked"):
        tokens.opened(text=other, now=T0)
    with pytest.raises(Refused, match="revoked already"):
        tokens.revoke(unit=emea, token=held.pk, actor="console", now=T0)
    assert AuditEntry.objects.get(action="token.revoked").why == "Lost"


def test_a_token_has_the_rights_of_its_role_in_its_unit_until_it_is_revoked(emea) -> None:
    apac = make_unit("apac")
    for role, _ in ApiToken.ROLES:
        made(emea, role, role)
        assert access.role_of(actor=f"api:{role}", unit=emea) is Role(role)
        assert access.role_of(actor=f"api:{role}", unit=apac) is None
    with pytest.raises(Refused, match="api:reader is reader in EMEA and may not: prospects"):
        access.require(actor="api:reader", unit=emea, right=Right.PROSPECTS)
    ApiToken.objects.update(revoked_at=T0)
    assert access.role_of(actor="api:administrator", unit=emea) is None


def test_nobody_approves_their_own_proposal_by_a_token_they_made(emea) -> None:
    change = add_proposal(emea)
    tokens.create(
        unit=emea, name="mine", role="administrator", days=None, actor="console", now=T0
    )  # fmt: skip
    ApiToken.objects.update(created_by=change.proposed_by)
    with pytest.raises(Refused) as refused:
        changes.refuse_own(change, "api:mine")
    assert refused.value.code == "own_proposal"
    ApiToken.objects.update(created_by="somebody else")
    changes.refuse_own(change, "api:mine")


def test_names_are_used_once_and_bad_words_are_refused(emea) -> None:
    made(emea)
    ApiToken.objects.update(revoked_at=T0)
    for name, role, days, code in (
        ("SHOP", "reader", None, "name_taken"),
        ("", "reader", None, "bad_name"),
        ("a\nb", "reader", None, "bad_name"),
        ("x" * 61, "reader", None, "bad_name"),
        ("new", "owner", None, "no_such_role"),
        ("new", "reader", 0, "bad_days"),
        ("new", "reader", 10**9, "bad_days"),
    ):
        with pytest.raises(Refused) as refused:
            made(emea, name, role, days)
        assert refused.value.code == code
    assert ApiToken.objects.count() == 1
    made(make_unit("apac"))


def test_the_list_says_which_are_revoked_and_offers_no_second_revoking(admin, emea) -> None:
    live, gone = add_token(emea, "live"), add_token(emea, "gone")
    assert admin.post(f"{PAGE}{gone.pk}/revoke/", {"why": "Left"}).status_code == 302
    html = admin.get(PAGE).content.decode()
    assert f"{PAGE}{live.pk}/revoke/" in html
    assert f"{PAGE}{gone.pk}/revoke/" not in html
    assert "Revoked" in html
    add_token(make_unit("apac"), "stranger")
    assert "stranger" not in admin.get(PAGE).content.decode()


def test_the_list_asks_no_more_with_more_tokens(admin, emea, django_assert_max_num_queries) -> None:
    for number in range(20):
        add_token(emea, f"token {number}")
    admin.get(PAGE)
    with django_assert_max_num_queries(8):
        admin.get(PAGE)


def test_the_command_line_makes_lists_and_revokes(emea) -> None:
    def answer(*words: str):
        out = io.StringIO()
        call_command("tokens", *words, "--json", stdout=out)
        return json.loads(out.getvalue())

    told = answer("create", "emea", "shop", "--role", "marketing", "--days", "7")
    assert tokens.opened(text=told["token"], now=timezone.now()).role == "marketing"
    listed = answer("list", "emea")
    assert [(one["name"], one["state"]) for one in listed] == [("shop", "active")]
    assert told["token"] not in str(listed)
    assert answer("revoke", "emea", "shop") == {"revoked": "shop"}
    assert answer("list", "emea")[0]["state"] == "revoked"
    with pytest.raises(CommandError, match="has no token"):
        answer("revoke", "emea", "other")
