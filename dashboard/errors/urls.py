"""Sync errors: by cause, one by one, and trying them again."""

from django.urls import path

from dashboard.errors import retry, views

app_name = "errors"
urlpatterns = [
    path("", views.index, name="index"),
    path("retry/", retry.several, name="retry"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/retry/", retry.one, name="retry_one"),
]
