"""The mailability upgrade at the command line (product.md §7, seed 000): versions and paths."""

import pytest

from syncapp import jobs, wiring
from syncapp.models import BusinessUnit, Loosening, Permit, Preview, Upgrade
from syncapp.services import upgrade, upgrade_answers
from syncapp.services.refused import Refused as Not
from tests.services.sessions.conftest import Console, Refused
from tests.services.world import Org

pytestmark = pytest.mark.django_db(transaction=True)

LEGACY = """
    business_unit:
      {slug: emea, name: EMEA, mailability_model: legacy, legacy_sync_behavior: $LEGACY}
    connector:
      version: $VERSION
      state: $STATE
      login: {method: client_credentials, url: "$ORG", client_id: syncline,
        client_secret_env: SYNCLINE_SF_SECRET}
"""
GOING = {1: "verified", 2: "running"}
CUSTOM = "OptedOut_Custom__c"
DNE, HOO = "DNE__c", "HasOptedOutOfEmail"
CHECKBOX = {"type": "boolean", "label": "Opted Out Custom"}


@pytest.fixture(params=[1, 2], ids=["v1", "v2"])
def version(request: pytest.FixtureRequest) -> int:
    """The connector's version."""
    return int(request.param)


def unit(console: Console, version: int, *, legacy: bool = True) -> None:
    """A unit before the upgrade, with people of every kind on both sides, synced."""
    text = LEGACY.replace("$LEGACY", str(legacy).lower()).replace("$VERSION", str(version))
    console.file("emea.yaml", text.replace("$STATE", GOING[version]))
    console("config apply emea.yaml --yes")
    org = console.org
    org.control("schema", {"Lead": {CUSTOM: CHECKBOX}, "Contact": {CUSTOM: CHECKBOX}}, method="PUT")
    org.lead("mailable@example.com")
    org.lead("out-there@example.com", HasOptedOutOfEmail=True)
    org.lead("out-here@example.com")
    org.lead("bounced@example.com")
    console("sync emea --wait")
    console("mailability event emea out-here@example.com unsubscribe")
    console("mailability event emea bounced@example.com hard_bounce")
    console("sync emea --wait")


def status(console: Console, email: str) -> str:
    return str(console(f"prospects show emea {email} --json")["mailability"]["status"])


def steps(told: dict) -> dict[str, str]:
    return {step["code"]: step["state"] for step in told["steps"]}


def mapped(console: Console, key: str) -> tuple[str | None, str | None]:
    field = console("config export emea --json")["fields"][key]
    return field["lead"], field["contact"]


def hoo(org: Org, email: str, name: str = "HasOptedOutOfEmail") -> bool:
    (lead,) = org.call("GET", f"/query?q=SELECT {name} FROM Lead WHERE Email = '{email}'")[
        "records"
    ]
    return bool(lead[name])


def put_on_custom_fields(console: Console) -> None:
    """Opted Out and Do Not Email are on fields of their own before the upgrade."""
    dne = {DNE: {"type": "boolean", "label": "DNE"}}
    console.org.control("schema", {"Lead": dne, "Contact": dne}, method="PUT")
    console.file(
        "custom.yaml",
        f"""
        business_unit: {{slug: emea}}
        fields:
          opted_out: {{lead: {CUSTOM}, contact: {CUSTOM}}}
          do_not_email: {{lead: {DNE}, contact: {DNE}}}
    """,
    )
    console("sync emea --wait")
    console("config apply custom.yaml --yes")


def ended(console: Console) -> tuple:
    """Where an upgrade ends: both mappings, the connector's state, the model."""
    told = console("config export emea --json")
    return (
        mapped(console, "opted_out"),
        mapped(console, "do_not_email"),
        told["connector"]["state"],
        told["business_unit"]["mailability_model"],
    )


EVERYBODY = ("mailable", "out-there", "out-here", "bounced")


def test_the_new_behavior_needs_no_more_than_a_backup_and_a_preview(
    console: Console, version: int
) -> None:
    unit(console, version, legacy=False)
    told = console("upgrade emea --path new --acknowledge --wait --json")
    assert told["state"] == "done", told
    assert set(steps(told).values()) == {"done"}
    assert list(steps(told)) == [
        "considerations", "backup", "check", "preview", "upgrade", "report",
    ]  # fmt: skip
    assert told["before"] == {"mailable": 1, "unmailable": 3, "recycle_bin": 0}
    assert told["after"]["undeliverable"] == 1
    assert ended(console) == ((HOO, HOO), (None, None), GOING[version], "upgraded")
    assert console(f"backup compare {told['backup']} --json")["differences"] == []
    console("sync emea --full --wait")
    assert [status(console, f"{who}@example.com") for who in EVERYBODY] == [
        "mailable", "transactional_only", "transactional_only", "undeliverable",
    ]  # fmt: skip


def test_the_new_behavior_keeps_custom_fields_as_they_are(console: Console, version: int) -> None:
    unit(console, version)
    put_on_custom_fields(console)
    assert console("upgrade emea --path new --acknowledge --wait --json")["state"] == "done"
    assert ended(console) == ((CUSTOM, CUSTOM), (DNE, DNE), GOING[version], "upgraded")


def test_preserving_keeps_custom_fields_after_the_skip_is_acknowledged(
    console: Console, version: int
) -> None:
    unit(console, version)
    put_on_custom_fields(console)
    named = "" if version == 1 else f"--opted-out-field {CUSTOM}"  # v1 keeps its own by itself
    start = f"upgrade emea --path preserve {named} --acknowledge --wait --json"
    assert console(start)["state"] == "waiting"
    told = console(f"{start} --acknowledge-skip")
    assert told["state"] == "done", told
    assert steps(told)["map_opted_out"] == steps(told)["map_do_not_email"] == "skipped"
    assert ended(console) == ((CUSTOM, CUSTOM), (DNE, DNE), GOING[version], "upgraded")


def test_the_command_line_names_the_option_and_what_is_kept_does_not(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    unit(console, 2)
    with pytest.raises(Refused, match=r"acknowledge them\. \(--acknowledge\)"):
        console("upgrade emea --path new --wait")
    made = wizard(console, field="")
    assert "Name the custom field" in made.message
    with pytest.raises(Refused, match=r"\(--opted-out-field\)"):
        console("upgrade emea --path preserve --wait")
    made = wizard(console)
    assert "acknowledge it" in made.message
    kept = [made.message, *(step["detail"] for step in made.steps)]
    assert not [words for words in kept if "--" in words]


def test_preserving_legacy_behavior_moves_opted_out_to_its_own_field(
    console: Console, version: int
) -> None:
    unit(console, version)
    told = console(
        "upgrade emea --path preserve --opted-out-field OptedOut_Custom --acknowledge --wait --json"
    )
    assert told["state"] == "done", told
    mapping = ["map_opted_out", "map_do_not_email"]
    own = {
        1: ["unverify", *mapping, "verify", "sync", "upgrade"],
        2: ["pause", *mapping, "upgrade", "resume"],
    }[version]
    assert list(steps(told))[4:-1] == own
    assert mapped(console, "opted_out") == (CUSTOM, CUSTOM)
    assert mapped(console, "do_not_email") == ("HasOptedOutOfEmail",) * 2
    exported = console("config export emea --json")
    assert exported["connector"]["state"] == GOING[version]
    assert exported["business_unit"]["mailability_model"] == "upgraded"


def test_no_opt_out_is_lost_on_either_side_by_the_next_syncs(
    console: Console, version: int, org: Org
) -> None:
    unit(console, version)
    console(f"upgrade emea --path preserve --opted-out-field {CUSTOM} --acknowledge --wait")
    for _ in range(2):
        console("sync emea --full --wait")
    for who in ("out-there", "out-here"):
        assert status(console, f"{who}@example.com") == "transactional_only"
        assert hoo(org, f"{who}@example.com") is True
    assert hoo(org, "out-here@example.com", CUSTOM) is True
    assert status(console, "mailable@example.com") == "mailable"
    assert Loosening.objects.exclude(state="dropped").count() == 0


def test_what_is_missing_is_named_before_anything_is_touched(console: Console) -> None:
    unit(console, 2)
    with pytest.raises(Refused):
        console("upgrade emea --path preserve --opted-out-field Nope --acknowledge --wait --json")
    told = console("config export emea --json")
    assert told["connector"]["state"] == "running"
    assert mapped(console, "opted_out") == ("HasOptedOutOfEmail",) * 2
    again = console(
        f"upgrade emea --path preserve --opted-out-field {CUSTOM} --acknowledge --wait --json"
    )
    assert again["state"] == "done"


def test_do_not_email_on_a_custom_field_asks_for_its_own_acknowledgement(
    console: Console, version: int
) -> None:
    unit(console, version)
    dne = {"type": "boolean", "label": "DNE"}
    console.org.control(
        "schema", {"Lead": {"DNE__c": dne}, "Contact": {"DNE__c": dne}}, method="PUT"
    )
    console.file("dne.yaml", "business_unit: {slug: emea}\n"
                 "fields: {do_not_email: {lead: DNE__c, contact: DNE__c}}\n")  # fmt: skip
    console("config apply dne.yaml --yes")
    start = f"upgrade emea --path preserve --opted-out-field {CUSTOM} --acknowledge --wait --json"
    told = console(start)
    assert (told["state"], steps(told)["map_do_not_email"]) == ("waiting", "waiting")
    assert "has no partner" in told["message"]
    told = console(f"{start} --acknowledge-skip")
    assert (told["state"], steps(told)["map_do_not_email"]) == ("done", "skipped")
    assert mapped(console, "do_not_email") == ("DNE__c", "DNE__c")


def test_cancelling_restores_mappings_and_connector(console: Console, version: int) -> None:
    unit(console, version)
    dne = {"type": "boolean", "label": "DNE"}
    console.org.control(
        "schema", {"Lead": {"DNE__c": dne}, "Contact": {"DNE__c": dne}}, method="PUT"
    )
    console.file("dne.yaml", "business_unit: {slug: emea}\n"
                 "fields: {do_not_email: {lead: DNE__c, contact: DNE__c}}\n")  # fmt: skip
    console("config apply dne.yaml --yes")
    before = console("config export emea --json")
    start = f"upgrade emea --path preserve --opted-out-field {CUSTOM} --acknowledge"
    first = console(f"{start} --wait --json")
    assert first["state"] == "waiting"
    assert console("config export emea --json") != before
    with pytest.raises(Refused):
        console(f"{start} --cancel --json")
    assert console("config export emea --json") == before
    assert console(f"{start} --wait --json")["upgrade"] > first["upgrade"]


def test_the_upgrade_is_once_acknowledged_and_for_legacy_units(console: Console) -> None:
    unit(console, 2, legacy=False)
    with pytest.raises(Refused, match="no legacy sync behavior"):
        console(f"upgrade emea --path preserve --opted-out-field {CUSTOM} --acknowledge --wait")
    with pytest.raises(Refused, match="acknowledge"):
        console("upgrade emea --path new --wait")
    console("upgrade emea --path new --acknowledge --wait")
    with pytest.raises(Refused, match="upgraded already"):
        console("upgrade emea --path new --acknowledge --wait")


def test_only_people_of_the_preview_are_released(console: Console) -> None:
    unit(console, 2)
    console(f"upgrade emea --path preserve --opted-out-field {CUSTOM} --acknowledge --wait")
    assert not Permit.objects.exists()  # nobody becomes mailable again by this one


def wizard(console: Console, path: str = "preserve", field: str = CUSTOM) -> Upgrade:
    """Started as the page starts it: nobody has said anything about the preview."""
    made = upgrade.start(
        unit=BusinessUnit.objects.get(slug="emea"), path=path, opted_out_field=field,
        acknowledged=True, **who(),
    )  # fmt: skip
    return go_on(made)


def who() -> dict:
    return {"actor": "console", "now": wiring.clock().now()}


def go_on(made: Upgrade) -> Upgrade:
    jobs.work_to_the_end(upgrade.open_run(upgrade=made, trigger="console", **who()).pk)
    return upgrade.find(made.pk)


def test_a_person_looks_at_the_preview_before_anything_is_touched(
    console: Console, version: int
) -> None:
    unit(console, version)
    before = console("config export emea --json")
    made = wizard(console)
    preview = next(step for step in made.steps if step["code"] == "preview")
    assert (made.state, preview["state"], preview["reason"]) == (
        "waiting", "waiting", "acknowledge_preview",
    )  # fmt: skip
    assert "The preview shows: 0 prospects become mailable" in made.message
    assert console("config export emea --json") == before
    shown = made.preview_run_id
    made = go_on(made)
    assert (made.state, made.preview_run_id) == ("waiting", shown)  # looked at, not made again
    upgrade_answers.acknowledge(upgrade=made, preview=True, seen=shown, **who())
    made = go_on(made)
    assert (made.state, made.preview_run_id) == ("done", shown), made.message


def test_the_command_line_goes_on_with_what_a_browser_began(console: Console) -> None:
    unit(console, 2)
    made = wizard(console)
    told = console("upgrade emea --path preserve --wait --json")
    assert (told["state"], told["upgrade"]) == ("waiting", made.pk)
    told = console("upgrade emea --path preserve --acknowledge --wait --json")
    assert (told["state"], told["preview"]) == ("done", made.preview_run_id)


def test_another_field_or_another_preview_asks_anew(console: Console) -> None:
    unit(console, 2)
    other = {"Other__c": CHECKBOX}
    made = wizard(console)
    console.org.control("schema", {"Lead": other, "Contact": other}, method="PUT")
    first = made.preview_run_id
    upgrade_answers.acknowledge(upgrade=made, preview=True, seen=first, **who())
    upgrade_answers.name_field(upgrade=made, name="Other", **who())
    made = go_on(made)  # the field is seen although nobody synced since it was made
    assert (made.state, made.acknowledged_preview) == ("waiting", False)
    assert made.preview_run_id != first
    with pytest.raises(Not, match="another preview"):
        upgrade_answers.acknowledge(upgrade=made, preview=True, seen=first, **who())
    upgrade_answers.preview_anew(upgrade=made, **who())
    made = go_on(made)
    assert Preview.objects.filter(pinned=True).get().run_id == made.preview_run_id


def test_do_not_email_can_be_mapped_where_its_skip_is_asked_for(console: Console) -> None:
    unit(console, 2)
    dne = {"DNE__c": {"type": "boolean", "label": "DNE"}}
    console.org.control("schema", {"Lead": dne, "Contact": dne}, method="PUT")
    console.file("dne.yaml", "business_unit: {slug: emea}\n"
                 "fields: {do_not_email: {lead: DNE__c, contact: DNE__c}}\n")  # fmt: skip
    console("sync emea --wait")
    console("config apply dne.yaml --yes")
    made = wizard(console)
    upgrade_answers.acknowledge(upgrade=made, preview=True, seen=made.preview_run_id, **who())
    made = go_on(made)
    assert made.state == "waiting"
    upgrade_answers.map_do_not_email(upgrade=made, **who())
    assert go_on(made).state == "done"
    assert mapped(console, "do_not_email") == ("HasOptedOutOfEmail",) * 2


def test_a_field_that_is_mapped_elsewhere_is_refused_before_anything_is_touched(
    console: Console,
) -> None:
    unit(console, 2)
    console.file("own.yaml", "business_unit: {slug: emea}\ncustom_fields: "
                 "{own: {label: Own, type: checkbox, lead: OptedOut_Custom__c}}\n")  # fmt: skip
    console("config apply own.yaml --yes")
    made = wizard(console)
    assert (made.state, made.steps[2]["reason"]) == ("failed", "field_taken")
    assert "mapped to Own already" in made.message
