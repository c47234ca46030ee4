"""The way into the console."""

from django.urls import path

from dashboard.units import views

urlpatterns = [path("", views.start, name="home")]
