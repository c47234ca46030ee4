"""The Overview."""

from django.urls import path

from dashboard.home import views

app_name = "home"
urlpatterns = [path("", views.index, name="index")]
