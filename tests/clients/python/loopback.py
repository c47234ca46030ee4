"""Clients that only speak https: whatever they send to a host of Salesforce goes to the org.

The names of its headers come back as Salesforce writes them: some clients look for them like that,
and the server below the org writes all of them small.
"""

from urllib.parse import urlsplit, urlunsplit


def on_loopback(url, address):
    """A URL of Salesforce at the emulated org's address."""
    parts = urlsplit(address)
    if parts.scheme != "https":
        return address
    return urlunsplit(("http", urlsplit(url).netloc, parts.path, parts.query, ""))


def send_to(url):
    """Every session of requests talks to the org; a proxy of the machine is no way there."""
    from requests.adapters import HTTPAdapter
    from requests.sessions import Session

    send, trusting = HTTPAdapter.send, Session.__init__

    def send_there(self, request, **more):
        request.url = on_loopback(url, request.url)
        answer = send(self, request, **more)
        answer.headers = type(answer.headers)(
            (name.title(), value) for name, value in answer.headers.items()
        )
        return answer

    def without_proxy(self):
        trusting(self)
        self.trust_env = False

    HTTPAdapter.send, Session.__init__ = send_there, without_proxy
