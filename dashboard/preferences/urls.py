"""The page that emails link to."""

from django.urls import path

from dashboard.preferences import views

app_name = "preferences"
urlpatterns = [path("email/<token>/", views.page, name="page")]
