"""Webhooks of email providers, one address per unit and provider."""

from django.urls import path

from dashboard.webhooks import views

app_name = "webhooks"
# Not `unit`: these addresses belong to no person, a secret opens them.
urlpatterns = [path("<unit_slug>/webhooks/<provider>/", views.receive, name="receive")]
