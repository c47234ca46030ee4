"""Prospects: the list, the search box, one prospect and what can be done with it."""

from django.urls import path

from dashboard.prospects import consent, detail, edit, manual, permission, state, views

app_name = "prospects"
urlpatterns = [
    path("search/", views.search, name="search"),
    path("prospects/", views.index, name="index"),
    path("prospects/<int:pk>/", detail.detail, name="detail"),
    path("prospects/<int:pk>/history/", detail.history, name="history"),
    path("prospects/<int:pk>/problems/", detail.problems, name="problems"),
    path("prospects/<int:pk>/consent/", consent.consent, name="consent"),
    path("prospects/<int:pk>/edit/", edit.edit, name="edit"),
    path("prospects/<int:pk>/permission/<slug:action>/", permission.change, name="permission"),
    path("prospects/<int:pk>/state/<slug:move>/", state.change, name="state"),
    path("prospects/<int:pk>/sync/", manual.sync, name="sync"),
    path("prospects/<int:pk>/progress/<int:run>/", manual.progress, name="progress"),
]
