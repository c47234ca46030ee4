"""Settings of the tests: plain static files, fast passwords, a queue prefix per worker."""

import os

_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ.setdefault("SYNCLINE_ALLOW_EMULATOR", "1")
os.environ.setdefault("SYNCLINE_SF_SECRET", "syncline-secret")
os.environ.setdefault("SYNCLINE_SF_SECRET_EMEA", "syncline-emea-secret")
os.environ["RQ_KEY_PREFIX"] = f"test-{_WORKER}:"

from dashboard.settings import *  # noqa: E402, F403
from dashboard.settings import DATABASES, REDIS_URL, RQ_QUEUES  # noqa: E402

DATABASES["default"]["ENGINE"] = "tests.postgresql"

# A queue database per worker, so that one may flush its own.
_NUMBER = int(_WORKER.removeprefix("gw")) + 1 if _WORKER.startswith("gw") else 0
REDIS_URL = f"{REDIS_URL.split('?')[0]}?db={_NUMBER}"
for _queue in RQ_QUEUES.values():
    _queue["URL"] = REDIS_URL

STORAGES = {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AXES_ENABLED = False
