"""Buttons on the cards of a prospect."""

from typing import Any

from dashboard.ui.views import Action
from syncapp.models import Prospect


def consent(request: Any, prospect: Prospect) -> list[Action]:
    return []


def syncing(request: Any, prospect: Prospect) -> list[Action]:
    return []
