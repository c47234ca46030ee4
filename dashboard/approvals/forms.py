"""Filters of the inbox, and what is asked before a decision."""

import django_filters
from django import forms
from django.db.models import QuerySet

from dashboard.ui.filters import Filters
from syncapp.models import ChangeRequest

UNDECIDED = ("previewing", "proposed", "lapsed", "approving", "failed")
_STATES = [*ChangeRequest.STATES, ("all", "Decided and undecided")]


class ApprovalFilters(Filters):
    """What nobody has decided, unless a filter asks for others."""

    state = django_filters.ChoiceFilter(
        method="in_state", choices=_STATES, label="State", empty_label="Undecided"
    )
    who = django_filters.CharFilter(
        field_name="proposed_by", lookup_expr="istartswith", label="Proposed by"
    )
    q = django_filters.CharFilter(
        field_name="source", lookup_expr="icontains", label="Field or setting contains"
    )

    class Meta:
        model = ChangeRequest
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[ChangeRequest]) -> QuerySet[ChangeRequest]:
        """All filters; without a state what waits."""
        found: QuerySet[ChangeRequest] = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("state") else found.filter(state__in=UNDECIDED)

    def in_state(
        self, rows: QuerySet[ChangeRequest], _name: str, code: str
    ) -> QuerySet[ChangeRequest]:
        """One state, or everything."""
        return rows if code == "all" else rows.filter(state=code)


class Approve(forms.Form):
    """What is approved is the preview that the person looked at."""

    seen = forms.IntegerField(widget=forms.HiddenInput)


class ApproveRed(Approve):
    """The explicit tick where people become mailable again (product.md section 9)."""

    sure = forms.BooleanField(
        label="I have looked at who becomes mailable again, and they agreed to be mailed"
    )


class Reject(forms.Form):
    """The proposer reads why."""

    reason = forms.CharField(
        label="Reason",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The proposer reads it, and it is written to the audit trail.",
    )


class Withdraw(forms.Form):
    """One's own proposal."""

    reason = forms.CharField(
        label="Reason",
        max_length=500,
        required=False,
        help_text="It is written to the audit trail.",
    )


class Comment(forms.Form):
    """Something to say about a proposal."""

    text = forms.CharField(
        label="Comment", max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
