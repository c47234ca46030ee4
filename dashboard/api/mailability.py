"""/api/v1/mailability: who may get no marketing email, and what stands against one address."""

from dashboard.api.call import Call, Param, Reply, Route
from dashboard.api.reading import bad
from syncapp.services import mailability, suppressions
from syncapp.services.access import Right

_MANY = 100


def listed(call: Call) -> Reply:
    """The rows stream, so that a unit of any size is one answer."""
    rows, cursor = suppressions.listed(
        unit=call.unit, actor=call.actor, now=call.now, cursor=call.query["since"]
    )
    return Reply({"nextCursor": cursor}, rows=rows)


def address(call: Call) -> Reply:
    """The address and every prospect that has it."""
    email = call.query["email"].strip()
    if not mailability.usable(email):
        bad("invalid_email", f"{email[:80]!r} is not an email address.")
    unit = call.unit
    holders = unit.prospects.filter(email_key=email.lower()).order_by("pk")[:_MANY]
    told = suppressions.of_address(unit=unit, email=email)
    people = [{"id": one.pk, **mailability.as_json(one, unit)} for one in holders]
    return Reply({**told, "prospects": people})


ROUTES = (
    Route(
        "GET",
        "v1/mailability/suppressions",
        "The suppression list",
        Right.EXPORT,
        listed,
        "Suppression",
        many=True,
        query=(
            Param("since", "nextCursor of the last time: only what changed since.", default=""),
        ),
        about="Every address that may not get marketing email, by address, in one streamed answer. "
        "With since only addresses about which something changed, also those that one may mail "
        "again (suppressed is false). A cursor reaches back five minutes, so that nothing is "
        "missed: a row may come twice.",
        tag="Mailability",
    ),
    Route(
        "GET",
        "v1/mailability/address",
        "What stands against mailing an address",
        Right.SEE,
        address,
        "Address",
        query=(Param("email", "The address.", required=True, longest=254),),
        about="An address that nobody has is told too: it may have opted out before.",
        tag="Mailability",
    ),
)
