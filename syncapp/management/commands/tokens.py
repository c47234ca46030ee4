"""`manage.py tokens`: what programs use the API with."""

from typing import Any

from syncapp.management.base import ActionCommand, Answer
from syncapp.models import ApiToken
from syncapp.services import tokens
from syncapp.services.access import Right, require


class Command(ActionCommand):
    """list, create, revoke."""

    help = "API tokens of a business unit."

    def actions(self, actions: Any) -> None:
        self.action(actions, "list", "every token").add_argument("unit")
        create = self.action(actions, "create", "a new token, which is printed once")
        create.add_argument("unit")
        create.add_argument("name", help="the audit trail calls its writes api:NAME")
        create.add_argument("--role", choices=[one for one, _ in ApiToken.ROLES], default="reader")
        create.add_argument("--days", type=int, help="how long it works; else until it is revoked")
        revoke = self.action(actions, "revoke", "it opens nothing any more")
        revoke.add_argument("unit")
        revoke.add_argument("name")

    def do_list(self, options: dict[str, Any]) -> Answer:
        """One line a token."""
        unit, now = self.unit(options["unit"]), self.now()
        require(actor=options["actor"], unit=unit, right=Right.ADMINISTER)
        found = [tokens.as_json(one, now) for one in unit.api_tokens.all()]
        lines = [f"{t['name']}: {t['role']}, {t['state']} ({t['starts_with']}...)" for t in found]
        return Answer(found, lines or ["No API tokens."])

    def do_create(self, options: dict[str, Any]) -> Answer:
        """The token's text."""
        made, text = tokens.create(
            unit=self.unit(options["unit"]),
            name=options["name"],
            role=options["role"],
            days=options["days"],
            actor=options["actor"],
            now=self.now(),
        )
        return Answer({**tokens.as_json(made, self.now()), "token": text}, [text])

    def do_revoke(self, options: dict[str, Any]) -> Answer:
        """By its name."""
        unit = self.unit(options["unit"])
        held = tokens.named(unit=unit, name=options["name"])
        name = tokens.revoke(unit=unit, token=held.pk, actor=options["actor"], now=self.now())
        return Answer({"revoked": name}, [f"{name} opens nothing any more."])
