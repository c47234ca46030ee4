"""The Salesforce connector."""

from django.urls import path

from dashboard.connectors import views

app_name = "connectors"
urlpatterns = [
    path("", views.index, name="index"),
    path("verify/", views.verify, name="verify"),
    path("unverify/", views.unverify, name="unverify"),
    path("pause/", views.pause, name="pause"),
    path("resume/", views.resume, name="resume"),
]
