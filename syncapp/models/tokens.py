"""Tokens with which programs use the API of a unit; only their digest is known here."""

from django.db import models
from django.db.models.functions import Lower

from syncapp.models.units import BusinessUnit


class ApiToken(models.Model):
    """A program's way into one unit. Names stay taken, so that the audit trail names one token."""

    ROLES = [("reader", "Read only"), ("support", "Support"), ("marketing", "Marketing"),
             ("administrator", "Administrator")]  # fmt: skip
    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=60)
    role = models.CharField(max_length=20, choices=ROLES)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the token
    start = models.CharField(max_length=20)  # its first characters, to recognize it by
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint("unit", Lower("name"), name="token_name_once_per_unit")
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.unit}"
