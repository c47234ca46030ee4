"""For machines: is it alive, is it ready, what are the figures."""

from django.urls import path

from dashboard.health import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
]
