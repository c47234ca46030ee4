"""Files that were uploaded to be imported: looked at first, imported when somebody says so."""

from django.db import models

from syncapp.models.units import BusinessUnit


class ImportFile(models.Model):
    """One CSV file and what its preview and its import have told; the content goes when done."""

    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="imports")
    name = models.CharField(max_length=200)
    content = models.BinaryField()  # zlib
    restore = models.BooleanField(default=False)  # take prospects out of the recycle bin
    clear_blanks = models.BooleanField(default=False)  # empty cells clear fields, never consent
    preview = models.JSONField(null=True)
    report = models.JSONField(null=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name
