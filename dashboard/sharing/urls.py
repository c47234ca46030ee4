"""Marketing Data Sharing."""

from django.urls import path

from dashboard.sharing import simulation, views

app_name = "sharing"
urlpatterns = [
    path("", views.index, name="index"),
    path("<int:simulation>/", simulation.detail, name="simulation"),
    path("<int:simulation>/apply/", simulation.apply, name="apply"),
]
