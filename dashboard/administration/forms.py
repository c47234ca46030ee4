"""What is asked of an administrator about people."""

from django import forms

from syncapp.models import Membership

_WHAT = (
    "Administrator: everything. Marketing: prospects, conflicts, errors, imports, proposals. "
    "Support: reads prospects and runs, Sync with CRM."
)


class Why(forms.Form):
    """A reason."""

    why = forms.CharField(
        label="Reason",
        required=False,
        max_length=500,
        help_text="It is written to the audit trail.",
    )


class Newcomer(forms.Form):
    """Who gets which role; a name without a login gets one."""

    username = forms.CharField(label="Username", max_length=150)
    email = forms.EmailField(label="Email", required=False, help_text="Of a new login.")
    role = forms.ChoiceField(
        label="Role", choices=Membership.ROLES, initial="support", help_text=_WHAT
    )


def role_form(held: Membership) -> type[forms.Form]:
    """Another role for this person, with the role that the administrator sees now."""

    class RoleForm(Why):
        seen = forms.CharField(widget=forms.HiddenInput, initial=held.role)
        role = forms.ChoiceField(
            label="Role", choices=Membership.ROLES, initial=held.role, help_text=_WHAT
        )
        field_order = ["seen", "role", "why"]

    return RoleForm
