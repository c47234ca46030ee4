"""Business units, the people who work in them, and the users that prospects are assigned to."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower


class BusinessUnit(models.Model):
    """One Account Engagement business unit with its account settings (interface.md §4)."""

    slug = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=120)
    allow_multiple_prospects_per_email = models.BooleanField(default=False)
    mailability_model = models.CharField(
        max_length=10,
        default="upgraded",
        choices=[("legacy", "Before the upgrade"), ("upgraded", "Upgraded")],
    )
    legacy_sync_behavior = models.BooleanField(default=False)
    require_assigned_user_for_email_match = models.BooleanField(default=True)
    use_active_assignment_rules = models.BooleanField(default=False)
    four_eyes = models.BooleanField(default=False)
    allow_self_approval_when_alone = models.BooleanField(default=False)
    version = models.IntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's role in a unit (product.md §9)."""

    ROLES = [
        ("administrator", "Administrator"),
        ("marketing", "Marketing"),
        ("support", "Support"),
    ]
    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=ROLES)

    class Meta:
        constraints = [models.UniqueConstraint("unit", "user", name="one_role_per_unit")]

    def __str__(self) -> str:
        return f"{self.user} in {self.unit}: {self.role}"


class UnitUser(models.Model):
    """An Account Engagement user: prospects are assigned to it; mapped to a Salesforce user."""

    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="users")
    email = models.EmailField()
    name = models.CharField(max_length=120, blank=True)
    salesforce_username = models.CharField(max_length=120, null=True, blank=True)
    version = models.IntegerField(default=0)

    class Meta:
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint("unit", Lower("email"), name="user_email_once_per_unit"),
            models.UniqueConstraint(
                "unit", Lower("salesforce_username"), name="salesforce_user_once_per_unit"
            ),
        ]

    def __str__(self) -> str:
        return self.email
