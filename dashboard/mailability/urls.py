"""Mailability: who may be mailed, why the others may not, and what changed that."""

from django.urls import path

from dashboard.mailability import views

app_name = "mailability"
urlpatterns = [
    path("", views.index, name="index"),
    path("changes/", views.changes, name="changes"),
]
