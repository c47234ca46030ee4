"""What is asked before a connector is moved."""

from django import forms


class Review(forms.Form):
    """Seed 001: review the considerations before you set up or unpause a connector."""

    reviewed = forms.BooleanField(label="I have reviewed the considerations")
    why = forms.CharField(
        label="Reason",
        required=False,
        max_length=500,
        help_text="It is written to the audit trail.",
    )


class Reason(forms.Form):
    """Why it is stopped or set going again."""

    why = forms.CharField(
        label="Reason",
        required=False,
        max_length=500,
        help_text="It is written to the audit trail.",
    )
