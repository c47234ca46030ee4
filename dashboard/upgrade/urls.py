"""The mailability upgrade: the page, its progress, its preview's lists, and what is answered."""

from django.urls import path

from dashboard.upgrade import actions, views

app_name = "upgrade"
urlpatterns = [
    path("", views.index, name="index"),
    path("progress/", views.progress, name="progress"),
    path("changes/", views.changes, name="changes"),
    path("people/", views.people, name="people"),
    path("field/", actions.name_field, name="field"),
    path("refresh-fields/", actions.refresh, name="refresh"),
    path("<slug:answer>/", actions.answer, name="answer"),
]
