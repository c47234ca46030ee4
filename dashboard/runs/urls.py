"""Sync runs."""

from django.urls import path

from dashboard.runs import views

app_name = "runs"
urlpatterns = [
    path("", views.index, name="index"),
    path("sync/", views.sync, name="sync"),
    path("full-sync/", views.full_sync, name="full"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/cancel/", views.cancel, name="cancel"),
    path("<int:pk>/changes/", views.changes, name="changes"),
    path("<int:pk>/undo/", views.undo, name="undo"),
    path("<int:pk>/undo/preview/", views.undo_preview, name="undo_preview"),
    path("<int:pk>/undo/items/", views.undo_items, name="undo_items"),
]
