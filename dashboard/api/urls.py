"""`/api/`: its document, its page, and every path of the table."""

from django.urls import path

from dashboard.api import document
from dashboard.api.routes import by_path
from dashboard.api.views import nothing, serve

app_name = "api"
urlpatterns = [
    path("openapi.json", document.openapi, name="openapi"),
    path("docs", document.docs, name="docs"),
    *(path(name.replace("{id}", "<int:id>"), serve(routes)) for name, routes in by_path().items()),
    path("<path:rest>", nothing),
]
