"""Settings of the tests: plain static files, fast passwords, a queue prefix per worker."""

import os

_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ.setdefault("SYNCLINE_ALLOW_EMULATOR", "1")
os.environ.setdefault("SYNCLINE_SF_SECRET", "syncline-secret")
os.environ["RQ_KEY_PREFIX"] = f"test-{_WORKER}:"

from dashboard.settings import *  # noqa: E402, F403

STORAGES = {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AXES_ENABLED = False
