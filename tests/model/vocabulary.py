"""What the steps of a history are drawn from: few values, so that they meet."""

from typing import Any

from hypothesis import strategies as st

from syncapp.core.mailability import Event
from tests.model.place import PLAIN

BEHAVIORS = ["account_engagement", "salesforce", "most_recent_record"]
PERMISSION = ["account_engagement", "salesforce", "most_recent_field"]
EMAILS = [f"p{number}@example.com" for number in range(5)]
REPORTED = [
    Event.UNSUBSCRIBE,
    Event.RESUBSCRIBE,
    Event.COMPLAINT,
    Event.HARD_BOUNCE,
    Event.SOFT_BOUNCE,
    Event.ADMIN_OPT_IN,
]
UPDATE = {"method": "PATCH", "path": "composite/sobjects"}
CREATE = {"method": "POST", "path": "composite/sobjects"}
FAULTS: list[dict[str, Any]] = [
    {"when": {"path": "composite"}, "kind": "http_503"},
    {"when": {"path": "composite"}, "kind": "http_503", "after": 1, "times": 4},
    {"when": CREATE, "kind": "cut", "after_work": True, "times": 4},
    {"when": UPDATE, "kind": "cut", "after_work": True, "times": 4},
    {"when": UPDATE, "kind": "lock_row", "times": 20},
]

anyone = st.integers(0, 11)
email = st.sampled_from(EMAILS)
word = st.sampled_from([None, "a", "b", "c"])
values = st.dictionaries(st.sampled_from(PLAIN), word, min_size=1, max_size=2)
