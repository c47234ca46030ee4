"""Prospect Fields (Object and Field Configuration). No field's key holds a hyphen."""

from django.urls import path

from dashboard.mappings import edit, views

app_name = "mappings"
urlpatterns = [
    path("", views.index, name="index"),
    path("new-field/", edit.create, name="create"),
    path("refresh-fields/", views.refresh, name="refresh"),
    path("<slug:key>/", edit.detail, name="detail"),
    path("<slug:key>/unmap/", edit.unmap, name="unmap"),
]
