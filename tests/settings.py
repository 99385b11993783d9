"""The portal's settings as tests need them: code under test runs in the application's role."""

from portal.settings import *  # noqa: F403  settings are names
from portal.settings import DATABASES, STATIC_ROOT, STORAGES

DATABASES["default"]["OPTIONS"]["options"] += " -c role=portal_app"  # logged in as superuser
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
