"""Log in and out, choose a password; axes throttles attempts, Argon2 hashes (settings)."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView, PasswordResetConfirmView
from django.urls import path, reverse_lazy

login = LoginView.as_view(template_name="accounts/login.html", redirect_authenticated_user=True)
# Logging out twice (two tabs) is no reason to ask for a password.
logout = login_not_required(LogoutView.as_view())
# Reached by the link that an administrator makes (People and roles).
password = login_not_required(
    PasswordResetConfirmView.as_view(
        template_name="accounts/password.html", success_url=reverse_lazy("login")
    )
)

urlpatterns = [
    path("accounts/login/", login, name="login"),
    path("accounts/logout/", logout, name="logout"),
    path("accounts/password/<uidb64>/<token>/", password, name="password"),
]
