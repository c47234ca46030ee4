"""The changes that previews try: remaps, behaviors, switches, guards; some of them misfits."""

from typing import Any

import yaml
from hypothesis import strategies as st

TOWN, OPT_OUT = "Town__c", "OptedOut_Custom__c"
SCHEMA = {
    sobject: {
        TOWN: {"type": "string", "label": "Town", "length": 40},
        OPT_OUT: {"type": "boolean", "label": "Opted Out Custom"},
    }
    for sobject in ("Lead", "Contact")
}
HOO = "HasOptedOutOfEmail"
_NORMAL = ["account_engagement", "salesforce", "most_recent_record"]
_TARGETS = {
    "city": [("City", "MailingCity"), (TOWN, TOWN), ("City", TOWN), (None, None), ("City", None)],
    "job_title": [("Title", "Title"), (TOWN, TOWN), (None, None)],
    "phone": [("Phone", "Phone"), ("Fax", "Fax")],
    "opted_out": [(HOO, HOO), (OPT_OUT, OPT_OUT), (HOO, None), (None, None)],
    "do_not_email": [(None, None), (OPT_OUT, OPT_OUT), (HOO, HOO)],
}
_BEHAVIORS = {"opted_out": ["account_engagement", "salesforce", "most_recent_field"]}


@st.composite
def _field(draw: Any, key: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if draw(st.booleans()):
        found["lead"], found["contact"] = draw(st.sampled_from(_TARGETS[key]))
    if draw(st.booleans()):
        found["behavior"] = draw(st.sampled_from(_BEHAVIORS.get(key, _NORMAL)))
    return found


_SWITCHES = {
    "create_prospects_from_records": st.booleans(),
    "change_emails_from_salesforce": st.booleans(),
    "delete_or_merge_prospects": st.booleans(),
    "blank_salesforce_values_overwrite": st.booleans(),
    "create_records_as": st.sampled_from(["lead", "contact"]),
    "default_campaign": st.sampled_from([None, "Spring"]),
    "guards": st.fixed_dictionaries({"hold_remailable": st.booleans()}),
}
_CUSTOM = {
    "town": {
        "label": "Town",
        "type": "text",
        "lead": TOWN,
        "contact": TOWN,
        "behavior": "salesforce",
    }
}


@st.composite
def files(draw: Any) -> str:
    """A configuration file about the unit `emea`."""
    keys = draw(st.lists(st.sampled_from(sorted(_TARGETS)), unique=True, max_size=3))
    fields = {key: draw(_field(key)) for key in keys}
    names = draw(st.lists(st.sampled_from(sorted(_SWITCHES)), unique=True, max_size=2))
    unit = {"slug": "emea", "require_assigned_user_for_email_match": draw(st.booleans())}
    document: dict[str, Any] = {
        "business_unit": unit,
        "fields": fields,
        "connector": {name: draw(_SWITCHES[name]) for name in names},
    }
    if draw(st.integers(0, 4)) == 0:
        document["custom_fields"] = _CUSTOM
    if draw(st.integers(0, 4)) == 0:
        document["users"] = [
            {"email": "ann@example.com", "salesforce_username": "sales@syncline.example"}
        ]
    return yaml.safe_dump(document, sort_keys=False)
