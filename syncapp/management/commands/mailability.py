"""`manage.py mailability`: what email providers report, their webhooks, links for the person."""

import csv
from pathlib import Path
from typing import Any

from syncapp import jobs, wiring
from syncapp.core.cleanup import Group
from syncapp.core.mailability import Event
from syncapp.core.provider_events import PROVIDERS
from syncapp.management.base import ActionCommand, Answer
from syncapp.services import cleanup, event_sources, mailability, preferences, suppressions


class Command(ActionCommand):
    """event (interface.md §2), webhook, link, suppressions, cleanup."""

    help = "Email events: reported by hand, by a provider's webhooks, by the person."

    def actions(self, actions: Any) -> None:
        reported = self.action(actions, "event", "something happened to an address")
        reported.add_argument("unit")
        reported.add_argument("email")
        reported.add_argument("event", choices=[event.value for event in mailability.REPORTED])

        hook = self.action(actions, "webhook", "take an email provider's webhooks")
        hook.add_argument("unit")
        hook.add_argument("provider", choices=PROVIDERS)
        hook.add_argument("--key", default="", help="SendGrid's or Mailgun's key of its webhooks")
        hook.add_argument("--remove", action="store_true", help="take them no more")
        hook.add_argument("--base", default="", metavar="URL", help="where the console is reached")

        link = self.action(actions, "link", "the page where the person unsubscribes, for emails")
        link.add_argument("unit")
        link.add_argument("email")
        link.add_argument("--base", default="", metavar="URL", help="where the console is reached")

        listed = self.action(actions, "suppressions", "who may get no marketing email, as CSV")
        listed.add_argument("unit")
        listed.add_argument("file")
        listed.add_argument("--since", default="", metavar="CURSOR", help="only what changed since")

        tidied = self.action(
            actions, "cleanup", "what the upgrade suggests to clear, reviewed first"
        )
        tidied.add_argument("unit")
        tidied.add_argument("--apply", type=int, metavar="REVIEW", help="clear what it lists")

    def do_cleanup(self, options: dict[str, Any]) -> Answer:
        """List whom the clean-ups concern, or clear Do Not Email for those of a review."""
        unit, review = self.unit(options["unit"]), options["apply"]
        who: dict[str, Any] = {"actor": options["actor"], "now": self.now(), "trigger": "cli"}
        if review is None:
            run = cleanup.open_review(unit=unit, groups=tuple(Group), **who)
        else:
            run = cleanup.open_cleanup(
                review=cleanup.find_review(unit=unit, review_id=review), **who
            )
        jobs.work_to_the_end(run.pk)
        run.refresh_from_db()
        told = {"run": run.pk, "state": run.state, "counts": run.counts, **cleanup.as_json(run)}
        lines = [f"Would be cleared: {email}" for email in told["clears"]]
        lines += [f"Stays: {row['prospect']} ({row['reason']})" for row in told["stays"]]
        ended = f"Review {run.pk}: {run.state}. Apply it with --apply {run.pk}."
        if review is not None:
            ended = f"Run {run.pk}: {run.state}, {run.counts['applied']} cleared."
        return Answer(told, [*lines, ended], run.state != "complete")

    def do_suppressions(self, options: dict[str, Any]) -> Answer:
        """Write the file; the cursor that is printed asks for what changes from now on."""
        rows, cursor = suppressions.listed(
            unit=self.unit(options["unit"]),
            actor=options["actor"],
            now=self.now(),
            cursor=options["since"],
        )
        path, written = Path(options["file"]), -1  # the header is no address
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            for line in suppressions.lines(rows):
                writer.writerow(line)
                written += 1
        told = {"file": str(path), "addresses": written, "cursor": cursor}
        return Answer(told, [f"{written} addresses written to {path}.", f"Cursor: {cursor}"])

    def do_link(self, options: dict[str, Any]) -> Answer:
        """The signed address and the headers that an email carries (RFC 8058)."""
        path = preferences.path_of(unit=self.unit(options["unit"]), email=options["email"])
        url = (options["base"] or wiring.public_url()).rstrip("/") + path
        headers = preferences.headers(url)
        lines = [url, *(f"{name}: {value}" for name, value in headers.items())]
        return Answer({"url": url, "headers": headers}, lines)

    def do_webhook(self, options: dict[str, Any]) -> Answer:
        """Set it up and print the address to give to the provider; its secret is shown once."""
        unit, provider = self.unit(options["unit"]), options["provider"]
        who: dict[str, Any] = {"unit": unit, "actor": options["actor"], "now": self.now()}
        if options["remove"]:
            event_sources.remove(provider=provider, **who)
            return Answer({"removed": provider}, [f"{unit.name} takes no webhooks of {provider}."])
        secret = event_sources.set_up(
            provider=provider, key=options["key"], keys=wiring.encryption_keys(), **who
        )
        base = options["base"] or wiring.public_url()
        if provider in event_sources.BASIC_AUTH:
            base = base.replace("://", f"://{secret}@", 1)
        url = f"{base.rstrip('/')}/api/v1/{unit.slug}/webhooks/{provider}/"
        return Answer({"provider": provider, "url": url}, [url])

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
