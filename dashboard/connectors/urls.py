"""The Salesforce connector."""

from django.urls import path

from dashboard.connectors import settings, views

app_name = "connectors"
urlpatterns = [
    path("", views.index, name="index"),
    path("edit/", settings.edit, name="edit"),
    path("refresh/", settings.refresh, name="refresh"),
    path("verify/", views.verify, name="verify"),
    path("unverify/", views.unverify, name="unverify"),
    path("pause/", views.pause, name="pause"),
    path("resume/", views.resume, name="resume"),
]
