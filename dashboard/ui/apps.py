"""Registers the screen kit: its template tags and nothing else (no models, no rules)."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """The screen kit."""

    name = "dashboard.ui"
    label = "ui"
