"""Writing by collections: 200 records a call, a few calls in flight, a result for every record.

What Salesforce confirmed is never lost to a later failure, and a create whose answer was lost is
reported as uncertain instead of being sent twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import orjson

from syncapp.core.ports import (
    BudgetExhausted,
    ItemError,
    ItemResult,
    LoginFailed,
    SalesforceError,
    Unreachable,
    Write,
)
from syncapp.salesforce.calls import Caller, Request, cut
from syncapp.salesforce.errors import SESSION, UNAVAILABLE, NotDone
from syncapp.salesforce.retry import Retrier
from syncapp.salesforce.wire import item_results, record

CHUNK = 200
PATH = "composite/sobjects"
LOCKED = "UNABLE_TO_LOCK_ROW"
LOCK_TRIES = 4
LOST_IN_A_ROW = 3  # so many lost answers one after the other: Salesforce is down
NOTHING_SENT = (NotDone, LoginFailed, BudgetExhausted)


@dataclass(frozen=True, slots=True)
class _Chunk:
    sobject: str
    writes: Sequence[Write]
    request: Request

    def only(self, places: Sequence[int]) -> "_Chunk":
        """The same request for some of the writes."""
        writes = [self.writes[place] for place in places]
        return _Chunk(self.sobject, writes, _filled(self.request, self.sobject, writes))


class _Outage:
    """Stops a batch when every further chunk would only fail the same way."""

    def __init__(self) -> None:
        self.error: SalesforceError | None = None
        self.reached = False  # some request may have come to Salesforce
        self._lost = 0

    def note(self, failure: SalesforceError | None) -> None:
        """Take in how one request ended; None = it was answered."""
        if isinstance(failure, NOTHING_SENT):
            self.error = failure
            return
        self.reached = True
        self._lost = self._lost + 1 if isinstance(failure, Unreachable) else 0
        if self._lost >= LOST_IN_A_ROW:
            self.error = failure


class Writer:
    """The writing half of the gateway."""

    def __init__(self, caller: Caller, retrier: Retrier) -> None:
        self._caller = caller
        self._retrier = retrier

    def write(
        self, method: str, sobject: str, writes: Sequence[Write], headers: Mapping[str, str]
    ) -> list[ItemResult]:
        """A result per write, in order; raises only when no write can have been saved."""
        # All bodies before the first call: a value that JSON cannot hold must not stop half-way.
        plain = Request(method, PATH, PATH, headers=headers, repeatable=method != "POST")
        parts = cut(writes, CHUNK)
        chunks = [_Chunk(sobject, part, _filled(plain, sobject, part)) for part in parts]
        outage = _Outage()
        finished = self._caller.in_parallel(lambda chunk: self._send(chunk, outage), chunks)
        if outage.error and not outage.reached:
            raise outage.error
        return [result for results in finished for result in results]

    def _send(self, chunk: _Chunk, outage: _Outage) -> list[ItemResult]:
        """The results of one chunk; records that were locked are sent again, and only they."""
        results = self._post(chunk, outage)
        for tried in range(1, LOCK_TRIES):
            locked = [place for place, result in enumerate(results) if _is_locked(result)]
            if not locked:
                break
            self._retrier.wait(tried)
            again = self._post(chunk.only(locked), outage)
            for place, result in zip(locked, again, strict=True):
                results[place] = result
        return results

    def _post(self, chunk: _Chunk, outage: _Outage) -> list[ItemResult]:
        if outage.error:
            return _failed(chunk.writes, outage.error)
        try:
            results = self._caller.call(
                chunk.request, lambda answer: item_results(chunk.writes, answer)
            )
        except SalesforceError as failure:
            outage.note(failure)
            if _answer_lost(failure) and not chunk.request.repeatable:
                return [ItemResult(write.key, None, uncertain=True) for write in chunk.writes]
            return _failed(chunk.writes, failure)
        outage.note(None)
        return results


def _filled(request: Request, sobject: str, writes: Sequence[Write]) -> Request:
    """The request for these writes; deleting names its records in the address."""
    if request.method == "DELETE":
        ids = ",".join(str(write.record_id) for write in writes)
        return replace(request, path=f"{PATH}?allOrNone=false&ids={ids}")
    records = [record(sobject, write) for write in writes]
    return replace(request, body=orjson.dumps({"allOrNone": False, "records": records}))


def _failed(writes: Sequence[Write], failure: SalesforceError) -> list[ItemResult]:
    """The same error for every write; what is not the write's fault has a transient code."""
    code = failure.code
    if isinstance(failure, Unreachable):
        code = UNAVAILABLE
    elif isinstance(failure, LoginFailed):
        code = SESSION
    error = ItemError(code, failure.message)
    return [ItemResult(write.key, write.record_id, (error,)) for write in writes]


def _answer_lost(failure: SalesforceError) -> bool:
    return isinstance(failure, Unreachable) and not isinstance(failure, NotDone)


def _is_locked(result: ItemResult) -> bool:
    return any(error.code == LOCKED for error in result.errors)
