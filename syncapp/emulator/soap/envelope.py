"""The partner API's envelopes: what is asked, by whom, and how answers and faults look."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..answer import Answer, Call
from ..errors import SalesforceError, refuse
from ..xmltext import DECLARATION, XSI, Node, element, parse

HEADERS = {"Content-Type": "text/xml; charset=utf-8"}
ENVELOPE = (
    f'{DECLARATION}<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    f'xmlns:xsi="{XSI}" '
)
ILLEGAL_SESSION = "Invalid Session ID found in SessionHeader: Illegal Session"
PARTNER, FAULT = "urn:partner.soap.sforce.com", "urn:fault.partner.soap.sforce.com"


@dataclass(frozen=True, slots=True)
class Request:
    """One operation with its arguments, and the session that came in the header."""

    operation: Node
    session: str

    @property
    def name(self) -> str:
        """`login`, `convertLead`."""
        return self.operation.name


def read(call: Call) -> Request:
    """The operation of a call; a fault for what is no envelope."""
    try:
        envelope = parse(call.content)
    except ValueError as error:
        raise refuse(500, "Client", f"the request is no XML: {error}") from None
    body = envelope.first("Body")
    operation = next(iter(body), None) if body is not None else None
    if operation is None:
        raise refuse(500, "Client", "the envelope has no operation in its body")
    session = envelope.value("Header", "SessionHeader", "sessionId") or ""
    return Request(operation, session)


def answer(name: str, results: Any) -> Answer:
    """The response to an operation."""
    inner = element("result", results) if results is not None else ""
    body = (
        f'{ENVELOPE}xmlns="{PARTNER}"><soapenv:Body><{name}Response>{inner}</{name}Response>'
        "</soapenv:Body></soapenv:Envelope>"
    )
    return Answer(200, body.encode(), HEADERS)


def fault(_: Call, error: SalesforceError) -> Answer:
    """A refusal; callers read exceptionCode and exceptionMessage by these very names."""
    problem = error.problems[0]
    if problem.code == "INVALID_SESSION_ID":
        problem = replace(problem, message=ILLEGAL_SESSION)
    kind = "LoginFault" if problem.code == "INVALID_LOGIN" else "UnexpectedErrorFault"
    prefix = "soapenv" if problem.code == "Client" else "sf"
    inner = element("sf:exceptionCode", problem.code)
    inner += element("sf:exceptionMessage", problem.message)
    body = (
        f'{ENVELOPE}xmlns:sf="{FAULT}"><soapenv:Body><soapenv:Fault>'
        f"{element('faultcode', f'{prefix}:{problem.code}')}"
        f"{element('faultstring', f'{problem.code}: {problem.message}')}"
        f'<detail><sf:{kind} xsi:type="sf:{kind}">{inner}</sf:{kind}></detail>'
        "</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
    status = error.status if error.status == 503 else 500
    return Answer(status, body.encode(), HEADERS)
