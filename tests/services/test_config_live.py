"""What only Salesforce knows is asked when it is chosen: "most recently updated field" (F9)."""

from collections.abc import Callable

import pytest

from syncapp import wiring
from syncapp.services import config_file, config_live
from syncapp.services.config_values import ConfigError
from tests.services.files import apply, config
from tests.services.world import Org

pytestmark = pytest.mark.django_db
TRACKED = {"Lead": ["HasOptedOutOfEmail"], "Contact": ["HasOptedOutOfEmail"]}
CHOSEN = {"opted_out": {"behavior": "most_recent_field"}}


@pytest.fixture
def choose(org: Org) -> Callable[..., list[str]]:
    """Choose the behavior in a file about a new unit on the org; the warnings."""

    def check(url: str = org.url, **fields: object) -> list[str]:
        login = {"url": url}
        source = config(connector={"login": login}, fields=fields or CHOSEN)
        found = config_file.diff(source=source, actor="console")
        return config_live.refuse_unmet(found=found, gateways=wiring.gateway)

    return check


def test_it_is_refused_until_both_objects_track_the_field(
    org: Org, choose: Callable[..., list[str]]
) -> None:
    with pytest.raises(ConfigError, match=r"Lead\.HasOptedOutOfEmail has no history tracking"):
        choose()
    org.control("history", {"Lead": ["HasOptedOutOfEmail"]}, "PUT")
    with pytest.raises(ConfigError, match=r"Contact\.HasOptedOutOfEmail has no history tracking"):
        choose()
    org.control("history", TRACKED, "PUT")
    assert choose() == []


def test_it_is_refused_when_the_connector_user_does_not_see_the_field(
    org: Org, choose: Callable[..., list[str]]
) -> None:
    org.control("history", TRACKED, "PUT")
    org.control("permissions", {"Contact.HasOptedOutOfEmail": "hidden"}, "PUT")
    with pytest.raises(ConfigError, match=r"cannot read Contact\.HasOptedOutOfEmail"):
        choose()


def test_it_is_refused_when_only_one_object_is_mapped(
    org: Org, choose: Callable[..., list[str]]
) -> None:
    org.control("history", TRACKED, "PUT")
    with pytest.raises(ConfigError, match="Lead is not mapped: map the field on both objects"):
        choose(opted_out={"behavior": "most_recent_field", "lead": None})


def test_other_behaviors_ask_nothing(org: Org, choose: Callable[..., list[str]]) -> None:
    org.calls()
    before = len(org.calls())
    assert choose(opted_out={"behavior": "salesforce"}) == []
    assert len(org.calls()) == before


def test_an_org_that_does_not_answer_is_a_warning_and_the_first_run_checks(
    choose: Callable[..., list[str]],
) -> None:
    warnings = choose("http://127.0.0.1:9")
    assert len(warnings) == 1
    assert "The first run checks it" in warnings[0]


def test_an_unchanged_choice_is_not_asked_about_again(
    org: Org, choose: Callable[..., list[str]]
) -> None:
    org.control("history", TRACKED, "PUT")
    assert choose() == []
    apply(config(connector={"login": {"url": org.url}}, fields=CHOSEN))
    org.control("history", {"Lead": [], "Contact": []}, "PUT")
    before = len(org.calls())
    assert choose() == []
    assert len(org.calls()) == before
