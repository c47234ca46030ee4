"""The mailability upgrade: the page, its progress, its preview's lists, and what is answered."""

from django.urls import path

from dashboard.upgrade import actions, cleanup, views

app_name = "upgrade"
urlpatterns = [
    path("", views.index, name="index"),
    path("progress/", views.progress, name="progress"),
    path("changes/", views.changes, name="changes"),
    path("people/", views.people, name="people"),
    path("field/", actions.name_field, name="field"),
    path("refresh-fields/", actions.refresh, name="refresh"),
    path("cleanup/", cleanup.make_review, name="review"),
    path("cleanup/<int:review>/", cleanup.index, name="cleanup"),
    path("cleanup/<int:review>/progress/", cleanup.progress, name="cleanup_progress"),
    path("cleanup/<int:review>/apply/", cleanup.apply, name="cleanup_apply"),
    path("<slug:answer>/", actions.answer, name="answer"),
]
