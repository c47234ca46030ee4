"""All stable URLs of the console (interface.md §1)."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("dashboard.units.urls")),
    path("", include("dashboard.accounts.urls")),
    path("", include("dashboard.health.urls")),
    path("", include("dashboard.preferences.urls")),
    path("api/v1/", include("dashboard.webhooks.urls")),
    path("api/", include("dashboard.api.urls")),
    path("u/<slug:unit>/", include("dashboard.home.urls")),
    path("u/<slug:unit>/", include("dashboard.prospects.urls")),
    path("u/<slug:unit>/", include("dashboard.administration.urls")),
    path("u/<slug:unit>/data/", include("dashboard.data.urls")),
    path("u/<slug:unit>/approvals/", include("dashboard.approvals.urls")),
    path("u/<slug:unit>/audit/", include("dashboard.audit.urls")),
    path("u/<slug:unit>/conflicts/", include("dashboard.conflicts.urls")),
    path("u/<slug:unit>/errors/", include("dashboard.errors.urls")),
    path("u/<slug:unit>/runs/", include("dashboard.runs.urls")),
    path("u/<slug:unit>/mailability/", include("dashboard.mailability.urls")),
    path("u/<slug:unit>/mailability/upgrade/", include("dashboard.upgrade.urls")),
    path("u/<slug:unit>/settings/connectors/", include("dashboard.connectors.urls")),
    path("u/<slug:unit>/settings/", include("dashboard.units.unit_urls")),
    path("u/<slug:unit>/settings/sharing/", include("dashboard.sharing.urls")),
    path("u/<slug:unit>/settings/fields/", include("dashboard.mappings.urls")),
]
