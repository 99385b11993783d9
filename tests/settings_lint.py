"""Settings for the migration linter, which development alone has; it looks at the portal's own apps."""

from portal.settings import *  # noqa: F403  settings are names
from portal.settings import BASE_DIR
from portal.settings import INSTALLED_APPS as APPS

INSTALLED_APPS = [*APPS, "django_migration_linter"]
MIGRATION_LINTER_OPTIONS = {
    "include_apps": [app for app in APPS if (BASE_DIR / app / "migrations").is_dir()],
    "quiet": ["ok", "ignore"],
}
