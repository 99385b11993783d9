"""Settings, from the environment only; docs/configuration.md lists every variable."""

from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
import pghistory
from csp.constants import NONCE, NONE, SELF
from environs import Env
from marshmallow.validate import Range

from portal import providers
from portal.schedule import SCHEDULE

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

# --- what differs from place to place ------------------------------------------
DEBUG = env.bool("DEBUG", False)
DEMO = env.bool("DEMO", False)
SITE_NAME = env.str("SITE_NAME", "Kudelma")
BASE_URL = env.str("BASE_URL", "http://localhost:8000").rstrip("/")
SECRET_KEY = env.str("SECRET_KEY", "") or ("not-a-secret" if DEBUG else "")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", [urlsplit(BASE_URL).hostname or "localhost", "127.0.0.1"])
DATABASE_URL = env.str("DATABASE_URL", "postgresql://portal_app@127.0.0.1:5432/portal")
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", DATABASE_URL)
REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
EMAIL_URL = env.str("EMAIL_URL", "smtp://127.0.0.1:25")
MAIL_FROM = env.str("MAIL_FROM", "kudelma@example.org")
MAIL_ENVELOPE_FROM = env.str("MAIL_ENVELOPE_FROM", MAIL_FROM)
MAIL_DOMAIN = MAIL_FROM.rpartition("@")[2]
MAIL_DOMAIN_PER_MINUTE = env.int("MAIL_DOMAIN_PER_MINUTE", 300, validate=Range(min=0))
MAIL_DOUBT_MINUTES = env.int("MAIL_DOUBT_MINUTES", 30, validate=Range(min=1))
RELAY_LOG = env.str("RELAY_LOG", "")
CONTACT_EMAIL = env.str("CONTACT_EMAIL", "asiakaspalvelu@example.org")
CONTACT_PHONE = env.str("CONTACT_PHONE", "040 123 4567")
POSTAL_ADDRESS = env.str("POSTAL_ADDRESS", "Kuntokatu 3, 33520 Tampere")
DEMO_DIR = Path(env.str("DEMO_DIR", str(BASE_DIR / ".demo")))
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(DEMO_DIR / "media")))
PRIVATE_ROOT = Path(env.str("PRIVATE_ROOT", str(DEMO_DIR / "private")))
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(DEMO_DIR / "static")))
WORDS_DIR = Path(env.str("WORDS_DIR", str(BASE_DIR / ".venv" / "simplemma")))
SUPPRESSION_KEY = env.str("SUPPRESSION_KEY", "") or SECRET_KEY
SUPPRESSION_FILE = Path(env.str("SUPPRESSION_FILE", str(DEMO_DIR / "suppressed.log")))
CHECKPOINT_FILE = Path(env.str("CHECKPOINT_FILE", str(DEMO_DIR / "checkpoints.log")))
BUSINESS_REGISTER_URL = env.str("BUSINESS_REGISTER_URL", "").rstrip("/")
IMPORT_MAX_MB = env.int("IMPORT_MAX_MB", 150, validate=Range(min=1))
OFFER_HOURS = env.int("OFFER_HOURS", 48, validate=Range(min=1))
LOG_LEVEL = env.str("LOG_LEVEL", "INFO")
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0, validate=Range(min=0))
HSTS_SECONDS = env.int("HSTS_SECONDS", 63_072_000, validate=Range(min=0))
STAFF_SESSION_HOURS = env.float(
    "STAFF_SESSION_HOURS", 8, validate=Range(min=0, min_inclusive=False)
)
STAFF_SESSION_IDLE_MINUTES = env.float(
    "STAFF_SESSION_IDLE_MINUTES", 30, validate=Range(min=0, min_inclusive=False)
)
SIGN_IN_PROVIDERS = providers.read(env.str("SIGN_IN_PROVIDERS", ""))
FACTOR_KEYS = env.list("FACTOR_KEYS", []) or [SECRET_KEY]
TLS = urlsplit(BASE_URL).scheme == "https"

# --- the application -------------------------------------------------------------
INSTALLED_APPS = [
    "modeltranslation",
    "portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",
    "csp",
    "django_htmx",
    "drf_spectacular",
    "pghistory",
    "pgtrigger",
    "rest_framework",
    "accounts",
    "consent",
    "mailing",
    "crm",
    "courses",
    "portal",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.middleware.RefuseBadInput",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.staff_door.StaffDoor",
    "portal.middleware.PrivatePages",
    "portal.middleware.RefusedForms",
    "portal.middleware.RestrictedPeople",
    "portal.middleware.Author",
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "portal.context.site",
            ],
        },
    },
]
FORM_RENDERER = "portal.rendering.PartsRenderer"

# --- database, broker, cache --------------------------------------------------------
DATABASES = {
    "default": {
        **env.dj_db_url("DATABASE_URL", DATABASE_URL, conn_max_age=60, conn_health_checks=True),
        "OPTIONS": {
            "options": "-c statement_timeout=5000 -c lock_timeout=3000"
            " -c idle_in_transaction_session_timeout=5000 -c jit=off",  # compiling takes longer than any query here
        },
    },
}
CACHES = {
    "default": {
        "BACKEND": "portal.cache.DegradingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "kudelma",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    },
}
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_connect_timeout": 1,
    "socket_timeout": 3,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = (
    None  # a worker waits for its broker however long that is away
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 60
CELERY_TASK_TIME_LIMIT = 90
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Europe/Helsinki"
CELERY_BEAT_SCHEDULE = SCHEDULE

# --- audit of changes ------------------------------------------------------------------
PGHISTORY_CREATED_AT_FUNCTION = "portal_now()"
# histories are read by row; only an erasure looks for a person in them
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")  # what only reads has no author

# --- languages and time ---------------------------------------------------------------
LANGUAGE_CODE = "fi"
LANGUAGES = [("fi", "suomi"), ("sv", "svenska"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
MODELTRANSLATION_DEFAULT_LANGUAGE = "fi"
MODELTRANSLATION_LANGUAGES = ("fi", "sv", "en")
MODELTRANSLATION_FALLBACK_LANGUAGES = ("fi", "en", "sv")
TIME_ZONE = "Europe/Helsinki"
USE_TZ = True
USE_I18N = True
FORMS_URLFIELD_ASSUME_HTTPS = True  # Django 6's behaviour already

# --- files ----------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {"BACKEND": "consent.uploads.PrivateStorage"},
    "staticfiles": {"BACKEND": "portal.staticstorage.OneSheetStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# --- signing in -------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
# Django's own alone: one query and one hash, whether or not the address is known
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCOUNT_ADAPTER = "portal.signin.Adapter"
ACCOUNT_FORMS = {
    "add_email": "accounts.forms.NewAddressForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "confirm_email_verification_code": "accounts.forms.AddressCodeForm",
    "confirm_login_code": "accounts.forms.CodeForm",
    "confirm_password_reset_code": "accounts.forms.ResetCodeForm",
    "login": "accounts.forms.SignInForm",
    "request_login_code": "accounts.forms.RequestCodeForm",
    "reset_password": "accounts.forms.ForgottenForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
    "set_password": "accounts.forms.FirstPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = [
    "email*",
    "password1",
]  # a password is optional: the first sign-in is by code
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 900
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_LOGOUT_REDIRECT_URL = "portal:home"
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 900
ACCOUNT_RATE_LIMITS = {  # "key" is the address together with the visitor, but in code_to_address
    "login": "60/m/ip",
    "login_failed": "20/m/ip,5/5m/key",
    "request_login_code": "60/m/ip,3/m/key",
    "code_to_address": "30/h/key",
    "mailed_link": "20/h/ip",  # newsletter and preference links, by visitor (IPv6: by network)
    "mailed_link_to_address": "3/d/key",
    "question": "20/h/ip",
    "question_from_address": "5/d/key",  # what a visitor says is theirs; signed in, 30 a day
    "question_from_user": "30/d/key",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_SESSION_REMEMBER = True
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 8}
SOCIALACCOUNT_ADAPTER = "portal.federation.ProviderAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form could not lead to another site: the policy's form-action
SOCIALACCOUNT_PROVIDERS = providers.for_allauth(SIGN_IN_PROVIDERS)
PROVIDERS = providers.known(SIGN_IN_PROVIDERS)
MFA_ADAPTER = "portal.factors.FactorAdapter"
MFA_FORMS = {
    "activate_totp": "accounts.forms.NewAppForm",
    "add_webauthn": "accounts.forms.NewPasskeyForm",
    "authenticate": "accounts.forms.FactorForm",
    "reauthenticate": "accounts.forms.FactorAgainForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = SITE_NAME
MFA_TOTP_TOLERANCE = 1  # of 30 seconds, before and after: clocks differ and people are slow
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = (DEMO or DEBUG) and not TLS  # http://localhost
LOGIN_REDIRECT_URL = "portal:me"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # no cookie of their own
LOGIN_URL = "account_login"
EMAIL_BACKEND = "portal.signin.NoOtherMail"

# --- security -----------------------------------------------------------------------------
SECURE_SSL_REDIRECT = TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = HSTS_SECONDS if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = TLS
SECURE_HSTS_PRELOAD = TLS
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_NAME = "__Host-sid" if TLS else "sid"
SESSION_COOKIE_AGE = (
    7 * 24 * 60 * 60
)  # no longer than an unused address is kept (portal/tidying.py)
SESSION_COOKIE_SECURE = TLS
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if TLS else "csrf"
CSRF_COOKIE_SECURE = TLS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "media-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    },
}

# --- mail out -------------------------------------------------------------------------------
_mail = env.dj_email_url("EMAIL_URL", EMAIL_URL)
SMTP = {
    "host": _mail["EMAIL_HOST"],
    "port": _mail["EMAIL_PORT"] or 25,
    "user": _mail["EMAIL_HOST_USER"],
    "password": _mail["EMAIL_HOST_PASSWORD"],
    "use_tls": _mail["EMAIL_USE_TLS"],
    "use_ssl": _mail["EMAIL_USE_SSL"],
    "timeout": 30,
}
MAIL_LEASE_SECONDS = (
    300  # for a batch; then its worker counts as gone, and what it has not begun is another’s
)

# --- mail in --------------------------------------------------------------------------------
ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": env.str("MAILGUN_WEBHOOK_SIGNING_KEY", "")}

# --- machine interfaces -------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "URL_FORMAT_OVERRIDE": None,  # ?format= is a parameter like any other that is unknown
}
SPECTACULAR_SETTINGS = {"TITLE": f"{SITE_NAME} API", "VERSION": "1", "SERVE_INCLUDE_SCHEMA": False}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "portal.logs.Masking",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"flufl.bounce": {"level": "CRITICAL"}},  # tells of each reader it tries
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}
