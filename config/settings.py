"""The platform's settings, all driven by the environment; a bad value fails at boot by name."""

import sys
from pathlib import Path
from typing import Any

from django.templatetags.static import static

from config.storage import storages
from config.values import (
    chosen,
    env,
    local_engine,
    package_index,
    positive,
    required,
    whole_number,
)

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = env.bool("DEBUG", default=False)
# A worker for runs signs nothing, so it needs none; whoever does is stopped by Django without it.
SECRET_KEY = env.str("SECRET_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = BASE_URL.startswith("https://")

INSTALLED_APPS = [
    "config",
    "accounts",
    "common",
    "catalogue",
    "hackathons",
    "submissions",
    "evaluation",
    "scoreboards",
    "live",
    "api",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "channels",
    "django_htmx",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "common.csp.ContentSecurityPolicyMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# PostgreSQL is the truth, Redis (or Valkey) only carries nudges.
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url_config(
        required("DATABASE_URL", "the address of PostgreSQL 15 or newer, postgresql://…")
    )
}
_options = DATABASES["default"].setdefault("OPTIONS", {})
# Whoever is frozen in the middle of a transaction must not hold its locks for ever. What is
# prepared (the claim) is planned once: planning it takes as long as running it.
_options["prepare_threshold"] = 5
_options["options"] = " ".join(
    f"-c {name}={value}"
    for name, value in (
        ("idle_in_transaction_session_timeout", "15s"),
        ("plan_cache_mode", "force_generic_plan"),
    )
)
if env.bool("DATABASE_POOL", default=False):
    _options["pool"] = {"min_size": 1, "max_size": 16}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
REDIS_URL = required("REDIS_URL", "the address of Redis 7.0 or Valkey 7.2 or newer, redis://…")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "corral"},
    }
}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
}

# Accounts
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_FORMS = {"login": "accounts.forms.EntranceForm"}
ACCOUNT_EMAIL_VERIFICATION = env.str("ACCOUNT_EMAIL_VERIFICATION", default="optional")
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "/accounts/login/"
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "EXCEPTION_HANDLER": "api.errors.handle_exception",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.NamespaceVersioning",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_RATES": {"login": "10/min"},
}
SPECTACULAR_SETTINGS = {"TITLE": "Corral", "VERSION": "1", "SERVE_INCLUDE_SCHEMA": False}
REST_KNOX = {"AUTH_HEADER_PREFIX": "Token", "TOKEN_TTL": None}

# Files
STATE = Path(env.str("CORRAL_STATE", default=str(BASE_DIR / "build" / "state")))
# Archives: s3://bucket?endpoint=…, which workers on several machines need; empty: MEDIA_ROOT.
STORAGES = storages("STORAGE_URL", env.str("STORAGE_URL", default=""))
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(STATE / "media")))
# What an attempt needs while it runs; sandboxes must be able to pass through it.
RUNS_ROOT = Path(env.str("RUNS_ROOT", default=str(STATE / "runs")))
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "common.npm.NpmFinder",
]
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o640

# Security of pages
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]

# Evaluation; seconds unless a name says otherwise.
LLAMA_UPSTREAM = env.str("LLAMA_UPSTREAM", default="")
LLAMA_UPSTREAM_KEY = env.str("LLAMA_UPSTREAM_KEY", default="")
# Slug of the catalogue's model that judges outputs for the scorer rubric; empty: none does.
JUDGE_MODEL = env.str("JUDGE_MODEL", default="")
SANDBOX_PYTHON = Path(env.str("SANDBOX_PYTHON", default="/usr/bin/python3"))
SANDBOX_RUNTIME = chosen("SANDBOX_RUNTIME", "bubblewrap", "docker")
if SANDBOX_RUNTIME == "docker":
    SANDBOX_DOCKER_SOCKET = local_engine("DOCKER_HOST")
    SANDBOX_DOCKER_RUNTIME = env.str("SANDBOX_DOCKER_RUNTIME", default="")
SANDBOX_DEGRADED = env.bool("SANDBOX_DEGRADED", default=False)
# What projects require, built on the workers; the index's address may hold a user and a password.
ENVIRONMENT_INDEX_URL = package_index("ENVIRONMENT_INDEX_URL")
ENVIRONMENT_CUTOFF = env.str("ENVIRONMENT_CUTOFF", default="")  # a date: nothing newer is seen
ENVIRONMENT_SECONDS = positive("ENVIRONMENT_SECONDS", 120.0)
ENVIRONMENT_MB = positive("ENVIRONMENT_MB", 1000.0)
ENVIRONMENT_CACHE_MB = positive("ENVIRONMENT_CACHE_MB", 10000.0)
LEASE_SECONDS = env.float("LEASE_SECONDS", default=10.0)
HEARTBEAT_SECONDS = env.float("HEARTBEAT_SECONDS", default=2.5)
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=3.0)
MAX_ATTEMPTS = env.int("MAX_ATTEMPTS", default=3)
# A worker takes no runs while less than this is free on its disk.
WORKER_FREE_MB = whole_number("WORKER_FREE_MB", 512)

# How long and how much is kept; 0: for ever, without a limit. Scores, results, ledgers: always.
RETENTION_LOG_DAYS = whole_number("RETENTION_LOG_DAYS", 90)
RETENTION_LOG_MB = whole_number("RETENTION_LOG_MB", 0)
RETENTION_ARCHIVE_DAYS = whole_number("RETENTION_ARCHIVE_DAYS", 0)
RETENTION_ARCHIVE_MB = whole_number("RETENTION_ARCHIVE_MB", 0)

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_DB_REUSE_MAX = sys.maxsize  # not for each message a new connection: config/celery.py
# A worker takes as many messages as it has processes free. Counted by what it has not acknowledged
# (as a multiplier of 1 would), it took none any more once an acknowledgement was lost.
CELERY_WORKER_PREFETCH_MULTIPLIER = 0
CELERY_WORKER_DISABLE_PREFETCH = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for Redis as long as it takes
# Whoever sends a nudge must not wait for a Redis that is away: the sweep sends it again.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A connection that a firewall forgot is given up after 6 s, those beside it after 2 more.
    "health_check_interval": 3,
    "socket_connect_timeout": 2.0,
    "socket_timeout": 2.0,
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "platform"
CELERY_TIMEZONE = "UTC"

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
UNFOLD = {
    "SITE_TITLE": "Corral",
    "SITE_HEADER": "Corral",
    "SITE_URL": "/",
    "SITE_ICON": lambda request: static("img/corral.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/corral.svg")}
    ],
    "THEME": "dark",
    # Around the accent of the site's own pages.
    "COLORS": {
        "primary": {
            "50": "#F0F8FD",
            "100": "#DCEFFA",
            "200": "#BADFF5",
            "300": "#8FCBEE",
            "400": "#6FBEEA",
            "500": "#56B4E9",
            "600": "#1F75AA",
            "700": "#1A638F",
            "800": "#165274",
            "900": "#12425D",
            "950": "#0B2A3C",
        }
    },
}
