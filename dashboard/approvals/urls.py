"""Approvals: what is proposed, what it would do, and the decision."""

from django.urls import path

from dashboard.approvals import actions, views

app_name = "approvals"
urlpatterns = [
    path("", views.index, name="index"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/changes/", views.changes, name="changes"),
    path("<int:pk>/people/", views.people, name="people"),
    path("<int:pk>/approve/", actions.approve, name="approve"),
    path("<int:pk>/reject/", actions.reject, name="reject"),
    path("<int:pk>/withdraw/", actions.withdraw, name="withdraw"),
    path("<int:pk>/preview/", actions.renew, name="renew"),
    path("<int:pk>/comment/", actions.comment, name="comment"),
    path("<int:pk>/take-back/", actions.take_back, name="take_back"),
]
