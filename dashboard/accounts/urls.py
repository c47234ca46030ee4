"""Log in and out; django-axes throttles attempts, Argon2 hashes passwords (settings)."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

login = LoginView.as_view(template_name="accounts/login.html", redirect_authenticated_user=True)
# Logging out twice (two tabs) is no reason to ask for a password.
logout = login_not_required(LogoutView.as_view())

urlpatterns = [
    path("accounts/login/", login, name="login"),
    path("accounts/logout/", logout, name="logout"),
]
