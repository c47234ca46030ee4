"""Prospect Fields (Object and Field Configuration). No field's key holds a hyphen."""

from django.urls import path

from dashboard.mappings import edit, views
from dashboard.mappings import email_permission as permission

app_name = "mappings"
urlpatterns = [
    path("", views.index, name="index"),
    path("new-field/", edit.create, name="create"),
    path("refresh-fields/", views.refresh, name="refresh"),
    path("email-permission/", permission.index, name="permission_index"),
    path("email-permission/<slug:consent>/", permission.guide, name="permission"),
    path("email-permission/<slug:consent>/check/", permission.check, name="permission_check"),
    path("email-permission/<slug:consent>/preview/", permission.try_it, name="permission_preview"),
    path("email-permission/<slug:consent>/sync/", permission.sync, name="permission_sync"),
    path(
        "email-permission/<slug:consent>/fix/<slug:sobject>/", permission.fix, name="permission_fix"
    ),
    path(
        "email-permission/<slug:consent>/map/<slug:sobject>/",
        permission.map_field,
        name="permission_map",
    ),
    path("<slug:key>/", edit.detail, name="detail"),
    path("<slug:key>/unmap/", edit.unmap, name="unmap"),
]
