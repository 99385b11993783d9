"""Settings for the migration linter, which development alone has; it looks at the portal's own apps."""

from portal.settings import *  # noqa: F403  settings are names
from portal.settings import BASE_DIR, DATABASES
from portal.settings import INSTALLED_APPS as APPS

INSTALLED_APPS = [*APPS, "django_migration_linter"]
# a migration of many triggers is written down in one transaction, with much thought between its statements
DATABASES["default"]["OPTIONS"]["options"] += " -c idle_in_transaction_session_timeout=0"
MIGRATION_LINTER_OPTIONS = {
    "include_apps": [app for app in APPS if (BASE_DIR / app / "migrations").is_dir()],
    "quiet": ["ok", "ignore"],
}
