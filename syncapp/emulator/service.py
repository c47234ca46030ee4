"""Resources about the service itself: versions, the map of resources, limits, who am I."""

from __future__ import annotations

from .answer import Answer, Call
from .database import quote
from .errors import SalesforceError, not_found, refuse

FIRST, LAST, RETIRED = 31, 68, 30
LISTED_FROM = 41
SEASONS = ("Spring", "Summer", "Winter")


def version_list() -> list[dict[str, str]]:
    """GET /services/data; ascending, no login needed."""
    return [
        {
            "label": _label(number),
            "url": f"/services/data/v{number}.0",
            "version": f"{number}.0",
        }
        for number in range(LISTED_FROM, LAST + 1)
    ]


def _label(number: int) -> str:
    """Three releases a year; v62 is Winter '25."""
    season = (number - 60) % 3
    year = 24 + (number - 60 + 1) // 3
    return f"{SEASONS[season]} '{year:02d}"


def wrong_version(version: str) -> SalesforceError:
    """A version that is retired or not there yet."""
    if float(version) <= RETIRED:
        return refuse(410, "UNSUPPORTED_API_VERSION", f"API version {version} has been retired.")
    return not_found()


def resource_map(call: Call) -> Answer:
    """GET /services/data/vNN.0."""
    root = call.root
    names = (
        "sobjects", "query", "queryAll", "composite", "limits", "tooling", "search",
        "parameterizedSearch", "jobs/ingest", "jobs/query",
    )  # fmt: skip
    identity = f"{call.base_url}/id/{call.org.organization_id}/{call.user_id}"
    return Answer(200, {"identity": identity, **{name: f"{root}/{name}" for name in names}})


def limits(call: Call) -> Answer:
    """GET /limits."""
    daily = call.org.limits.daily
    return Answer(200, {name: allowance.as_json() for name, allowance in daily.items()})


def record_count(call: Call) -> Answer:
    """GET /limits/recordCount?sObjects=Lead,Contact: of all objects when none is named."""
    wanted = [one.strip().lower() for one in call.params.get("sObjects", "").split(",") if one]
    counts = []
    for sobject in call.org.schema.objects.values():
        if wanted and sobject.name.lower() not in wanted:
            continue
        sql = f"SELECT count(*) FROM {quote(sobject.name)} WHERE NOT {quote('IsDeleted')}"
        counts.append({"count": call.org.db.read.execute(sql).fetchone()[0], "name": sobject.name})
    return Answer(200, {"sObjects": counts})
