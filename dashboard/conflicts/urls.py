"""Conflicts: the list, one conflict, what can be decided about it."""

from django.urls import path

from dashboard.conflicts import decide, resolve, views

app_name = "conflicts"
urlpatterns = [
    path("", views.index, name="index"),
    path("decide/<slug:decision>/", decide.decide, name="decide"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/resolve/<slug:side>/", resolve.choose, name="resolve"),
    path("<int:pk>/edit/", resolve.enter, name="edit"),
]
