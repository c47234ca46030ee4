"""Prospects: the list, the search box, one prospect and what can be done with it."""

from django.urls import path

from dashboard.prospects import views

app_name = "prospects"
urlpatterns = [
    path("prospects/", views.index, name="index"),
    path("prospects/<int:pk>/", views.index, name="detail"),
    path("search/", views.search, name="search"),
]
