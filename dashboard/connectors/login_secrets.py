"""The key pair of JWT logins, and stored secrets that are thrown away."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from dashboard.ui.access import needs
from dashboard.ui.markup import now
from dashboard.ui.views import confirm_screen
from syncapp.core.login import SECRETS
from syncapp.services import login
from syncapp.services.access import Right
from syncapp.services.refused import ChangedMeanwhile, Refused

_REFUSALS = (Refused, ChangedMeanwhile)
_NEW_CERTIFICATE = (
    "The certificate to it can be downloaded here and goes into the connected app (Use digital "
    "signatures). Until it is there, logins by JWT are refused."
)


class Seen(forms.Form):
    """The connector as it was when the question was asked."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class KeyUpload(Seen):
    """A private key of the person's own."""

    file = forms.FileField(label="Private key file (PEM)", required=False)
    text = forms.CharField(
        label="or its text",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off", "spellcheck": "false"}),
        help_text="RSA, 2048 bits or more, without a passphrase. It is kept encrypted.",
    )

    def pem(self) -> bytes:
        """What was given, of a file at most the first 20 kB."""
        file = self.cleaned_data["file"]
        return bytes(file.read(20_000)) if file else self.cleaned_data["text"].encode()

    def clean(self) -> dict[str, Any]:
        """One of both."""
        data: dict[str, Any] = super().clean() or {}
        if not (data.get("file") or data.get("text")):
            self.add_error("file", "Choose the file, or paste its text.")
        data["pem"] = self.pem() if not self.errors else b""
        return data


@needs(Right.SETTINGS)
def make_key(request: Any, unit: str) -> HttpResponse:
    """A new key pair instead of the one that is there."""

    def act(data: dict[str, Any]) -> str:
        login.make_key(
            unit=request.unit,
            version=data["version"],
            keys=settings.ENCRYPTION_KEYS,
            actor=request.user.get_username(),
            now=now(),
        )
        return "The key pair is made. Download the certificate and upload it to the connected app."

    lines = ["The private key is made here, kept encrypted and never shown.", _NEW_CERTIFICATE]
    return _ask(request, "Generate a key pair", "Generate", lines, Seen, act)


@sensitive_post_parameters()
@needs(Right.SETTINGS)
def take_key(request: Any, unit: str) -> HttpResponse:
    """A private key that the person has."""

    def act(data: dict[str, Any]) -> str:
        login.take_key(
            unit=request.unit,
            pem=data["pem"],
            version=data["version"],
            keys=settings.ENCRYPTION_KEYS,
            actor=request.user.get_username(),
            now=now(),
        )
        return "The key is kept, encrypted. Its certificate can be downloaded here."

    lines = ["It takes the place of the key that is stored.", _NEW_CERTIFICATE]
    return _ask(request, "Upload a private key", "Upload", lines, KeyUpload, act)


@needs(Right.READ_SETTINGS)
def certificate(request: Any, unit: str) -> HttpResponse:
    """The public certificate as a file."""
    pem = request.unit.connector.certificate
    if not pem:
        raise Http404("There is no key yet.")
    answer = HttpResponse(pem, content_type="application/x-pem-file")
    answer["Content-Disposition"] = f'attachment; filename="syncline-{unit}.crt"'
    return answer


@needs(Right.SETTINGS)
def forget(request: Any, unit: str, secret: str) -> HttpResponse:
    """Throw a stored secret away."""
    if secret not in SECRETS:
        raise Http404("No such secret.")
    words = secret.replace("_", " ")

    def act(data: dict[str, Any]) -> str:
        login.forget(
            unit=request.unit,
            name=secret,
            version=data["version"],
            actor=request.user.get_username(),
            now=now(),
        )
        return f"The {words} is forgotten."

    lines = [
        f"The stored {words} is deleted; nobody can bring it back.",
        "Logins then read it from the environment variable that the login names.",
    ]
    return _ask(request, f"Forget the {words}", "Forget", lines, Seen, act, danger=True)


def _ask(
    request: Any,
    title: str,
    verb: str,
    lines: list[str],
    form: type[Seen],
    act: Any,
    *,
    danger: bool = False,
) -> HttpResponse:
    unit = request.unit.slug
    back = reverse("connectors:login", args=[unit])
    return confirm_screen(
        request,
        title=f"{title}?",
        verb=verb,
        consequences=lines,
        form=form,
        initial={"version": request.unit.connector.version},
        act=act,
        refusals=_REFUSALS,
        back=back,
        danger=danger,
        crumbs=[("Connectors", reverse("connectors:index", args=[unit])), ("Login", back)],
    )
