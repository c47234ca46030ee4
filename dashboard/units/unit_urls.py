"""Account Settings and Users of a business unit."""

from django.urls import path

from dashboard.units import account, users

app_name = "units"
urlpatterns = [
    path("account/", account.edit, name="account"),
    path("users/", users.index, name="users"),
    path("users/new/", users.create, name="create_user"),
    path("users/<int:user>/", users.edit, name="user"),
]
