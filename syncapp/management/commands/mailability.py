"""`manage.py mailability`: report what an email provider's webhook would report."""

from typing import Any

from syncapp.core.mailability import Event
from syncapp.management.base import ActionCommand, Answer
from syncapp.services import mailability


class Command(ActionCommand):
    """event (interface.md §2)."""

    help = "Email events of an address."

    def actions(self, actions: Any) -> None:
        reported = self.action(actions, "event", "something happened to an address")
        reported.add_argument("unit")
        reported.add_argument("email")
        reported.add_argument("event", choices=[event.value for event in mailability.REPORTED])

    def do_event(self, options: dict[str, Any]) -> Answer:
        """Apply the event to everybody who has the address."""
        told = mailability.event(
            unit=self.unit(options["unit"]),
            email=options["email"],
            event=Event(options["event"]),
            actor=options["actor"],
            now=self.now(),
        )
        lines = [f"Prospect {r['id']}: {r['before']} → {r['after']}" for r in told["prospects"]]
        return Answer(told, lines or [f"No prospect has {told['email']}; it is remembered."])
