"""The Salesforce connector."""

from django.urls import path

from dashboard.connectors import login, login_secrets, settings, views

app_name = "connectors"
urlpatterns = [
    path("", views.index, name="index"),
    path("edit/", settings.edit, name="edit"),
    path("login/", login.edit, name="login"),
    path("login/test/", login.test, name="test"),
    path("login/key/", login_secrets.make_key, name="make_key"),
    path("login/key/upload/", login_secrets.take_key, name="take_key"),
    path("login/key/certificate/", login_secrets.certificate, name="certificate"),
    path("login/forget/<slug:secret>/", login_secrets.forget, name="forget"),
    path("refresh/", settings.refresh, name="refresh"),
    path("verify/", views.verify, name="verify"),
    path("unverify/", views.unverify, name="unverify"),
    path("pause/", views.pause, name="pause"),
    path("resume/", views.resume, name="resume"),
]
