"""Prospect fields: default and custom, where they are mapped and how they sync."""

from django.db import models

from syncapp.models.units import BusinessUnit


class ProspectField(models.Model):
    """One row per field and unit. Values of custom fields live in Prospect.custom."""

    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="fields")
    key = models.CharField(max_length=60)
    label = models.CharField(max_length=120)
    type = models.CharField(max_length=20)
    custom = models.BooleanField(default=False)
    values = models.JSONField(default=list)  # predefined values of a dropdown
    values_from_salesforce = models.BooleanField(default=False)  # core/picklists.py
    lead = models.CharField(max_length=120, null=True, blank=True)
    contact = models.CharField(max_length=120, null=True, blank=True)
    behavior = models.CharField(max_length=24)
    hold_reason = models.CharField(max_length=400, null=True, blank=True)
    hold_since = models.DateTimeField(null=True, blank=True)
    hold_stamp = models.CharField(max_length=32, blank=True)  # SystemModstamp read until then
    changed_by = models.CharField(max_length=150, blank=True)
    changed_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=0)

    class Meta:
        ordering = ["custom", "id"]
        constraints = [models.UniqueConstraint("unit", "key", name="field_once_per_unit")]

    def __str__(self) -> str:
        return self.label
