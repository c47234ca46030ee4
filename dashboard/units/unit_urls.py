"""Account Settings and Users of a business unit."""

from django.urls import path

from dashboard.units import account, configuration, users

app_name = "units"
urlpatterns = [
    path("account/", account.edit, name="account"),
    path("configuration/", configuration.index, name="configuration"),
    path("configuration/export/", configuration.export, name="configuration_export"),
    path("configuration/apply/", configuration.apply, name="configuration_apply"),
    path("users/", users.index, name="users"),
    path("users/new/", users.create, name="create_user"),
    path("users/<int:user>/", users.edit, name="user"),
]
