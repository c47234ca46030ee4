"""Administration: people and roles, business units, API tokens, workers and queues."""

from django.urls import path

from dashboard.administration import people, queues, tokens, units

app_name = "administration"
urlpatterns = [
    path("people/", people.index, name="people"),
    path("people/add/", people.add, name="add"),
    path("people/<int:pk>/", people.detail, name="person"),
    path("people/<int:pk>/role/", people.role, name="role"),
    path("people/<int:pk>/remove/", people.remove, name="remove"),
    path("people/<int:pk>/deactivate/", people.deactivate, name="deactivate"),
    path("people/<int:pk>/reactivate/", people.reactivate, name="reactivate"),
    path("people/<int:pk>/link/", people.link, name="link"),
    path("tokens/", tokens.index, name="tokens"),
    path("tokens/new/", tokens.create, name="create_token"),
    path("tokens/<int:pk>/revoke/", tokens.revoke, name="revoke_token"),
    path("units/", units.index, name="units"),
    path("queues/", queues.index, name="queues"),
]
