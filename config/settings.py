"""Settings, read from the environment by `config.env`, which refuses nonsense and names the variable.

Works for development unchanged: `python -m config.devstack` sets the variables of the embedded servers.
"""

from pathlib import Path

from csp.constants import NONE, SELF

from config.env import Env

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

DEBUG = env.boolean("LODESTAR_DEBUG", default=False)
SECRET_KEY = env.text("LODESTAR_SECRET_KEY", min_length=32)

# --- where we are reached -------------------------------------------------------------------------------------------
BASE_HOST = env.text("LODESTAR_BASE_HOST", default="localhost").lower()  # workspaces live at <slug>.<BASE_HOST>
SCHEME = env.choice("LODESTAR_SCHEME", choices=("http", "https"), default="http")
PORT = env.integer("LODESTAR_PORT", minimum=1, maximum=65535, default=8000)
ALLOWED_HOSTS = [BASE_HOST, f".{BASE_HOST}", "127.0.0.1"]
HTTPS = SCHEME == "https"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_SSL_REDIRECT = False
SESSION_ENGINE = "apps.accounts.sessions"
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "lodestar_session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "lodestar_csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "apps.common.views.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- rooms ----------------------------------------------------------------------------------------------------------
# Public schema: which workspaces there are, and the operators of the service with their console.
SHARED_APPS = [
    "django_tenants",
    "apps.workspaces",
    "apps.accounts",  # only its User table, for operators: apps.workspaces.routers
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.admin",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",  # for allauth's list of sessions
    "django.forms",
    "django_htmx",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "apps.common",
    "config",
]
# Each workspace's schema: its people and everything they own.
TENANT_APPS = [
    "apps.accounts",
    "django.contrib.sessions",
    "django.contrib.messages",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "apps.work",
    "apps.audit",
    "apps.notifications",
    "apps.datasets",
    "apps.sources",
    "apps.metrics",
    "apps.evidence",
    "apps.targets",
    "apps.model",
    "apps.drivers",
    "apps.goals",
    "apps.incentives",
    "apps.scenarios",
    "apps.choosing",
    "apps.dashboards",
    "apps.api",
    "apps.pipeline",
    "apps.demo",
]
INSTALLED_APPS = [*SHARED_APPS, *(app for app in TENANT_APPS if app not in SHARED_APPS)]
TENANT_MODEL = "workspaces.Workspace"
TENANT_DOMAIN_MODEL = "workspaces.Domain"
TENANT_LIMIT_SET_CALLS = True
DATABASE_ROUTERS = ["apps.workspaces.routers.SchemaRouter"]
TENANT_SYNC_ROUTER = "apps.workspaces.routers.SchemaRouter"
# Tables that have to exist in `public` and in every workspace; the workspace's role cannot reach the public ones.
TABLES_IN_BOTH = ["accounts_user", "django_session", "django_migrations"]

AUTH_USER_MODEL = "accounts.User"
ROOT_URLCONF = "config.urls"
PUBLIC_SCHEMA_URLCONF = "config.urls_public"
WSGI_APPLICATION = "config.wsgi.application"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "apps.api.middleware.ProblemMiddleware",
    "apps.workspaces.middleware.WorkspaceMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "apps.common.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.api.middleware.KeyMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "apps.accounts.middleware.ActorMiddleware",
    "apps.accounts.middleware.DefaultDenyMiddleware",
    "apps.common.middleware.RefusalMiddleware",
    "apps.common.middleware.OutageMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.common.context.token",
                "apps.workspaces.context.workspace",
                "apps.accounts.context.actor",
                "apps.dashboards.context.menu",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- database -------------------------------------------------------------------------------------------------------
# Two logins: the web and the workers use one that owns nothing; migrations and provisioning use the owner's.
OWNER_DATABASE_URL = env.database("MIGRATION_DATABASE_URL")
APP_DATABASE_URL = env.database("DATABASE_URL")
_as_owner = env.choice("LODESTAR_DATABASE_LOGIN", choices=("app", "owner"), default="app") == "owner"
_database = OWNER_DATABASE_URL if _as_owner else APP_DATABASE_URL
_pool = {"pool": {"min_size": 1, "max_size": 8, "max_lifetime": 600, "max_idle": 120, "timeout": 10}}
DATABASES = {
    "default": {
        **_database,
        "ENGINE": "apps.workspaces.postgresql",
        "ROLE_WALL": not _as_owner,
        "CONN_MAX_AGE": 0,
        "OPTIONS": _database["OPTIONS"] if _as_owner else {**_database["OPTIONS"], **_pool},
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- broker, cache, files -------------------------------------------------------------------------------------------
REDIS_URL = env.url("REDIS_URL", schemes=("redis", "rediss", "unix"))
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "apps.workspaces.cache.workspace_key",
    }
}
STORAGE_ROOT = env.directory_url("STORAGE_URL", default=f"file://{BASE_DIR / '.data' / 'storage'}")
UPLOAD_MAX_BYTES = env.integer("LODESTAR_UPLOAD_MAX_MB", minimum=1, maximum=10_000, default=1024) * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
ENGINE_MEMORY_MB = env.integer("LODESTAR_ENGINE_MEMORY_MB", minimum=512, maximum=262_144, default=2048)
ENGINE_SECONDS = env.integer("LODESTAR_ENGINE_SECONDS", minimum=5, maximum=86_400, default=1800)
ENGINE_URL = env.cluster("ENGINE_URL")  # empty: the embedded DuckDB computes
ENGINE_STORAGE = env.place("ENGINE_STORAGE")  # where that cluster sees STORAGE_URL; empty: under the same path
# Clusters of single workspaces, by name: operators give one to a workspace with `manage.py set_engine`.
ENGINE_URLS = env.clusters("ENGINE_URL")
ENGINE_STORAGES = {name: env.place(f"ENGINE_STORAGE_{name.upper()}") for name in ENGINE_URLS}
# Sources that are read by the clock: what they may take, which private networks they may reach, what seals passwords.
SOURCE_SECONDS = env.integer("LODESTAR_SOURCE_SECONDS", minimum=5, maximum=86_400, default=1800)
SOURCE_MAX_ROWS = env.integer("LODESTAR_SOURCE_MAX_ROWS", minimum=1, maximum=1_000_000_000, default=5_000_000)
SOURCE_FAILURES = env.integer("LODESTAR_SOURCE_FAILURES", minimum=1, maximum=100, default=5)
SOURCE_NETWORKS = env.networks("LODESTAR_SOURCE_NETWORKS")
SOURCE_CA_FILE = env.text("LODESTAR_SOURCE_CA_FILE", default="-").removeprefix("-")  # empty: those of the system
CREDENTIAL_KEYS = env.secrets("LODESTAR_CREDENTIAL_KEYS", min_length=32) or [SECRET_KEY]
WORK_LEASE_SECONDS = env.integer("LODESTAR_WORK_LEASE_SECONDS", minimum=2, maximum=3600, default=60)

# --- people ---------------------------------------------------------------------------------------------------------
# One backend for each kind of host: people of a workspace, operators on the public host. Neither works on the other.
AUTHENTICATION_BACKENDS = ["apps.accounts.backends.PersonBackend", "apps.accounts.backends.OperatorBackend"]
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # User.email is unique whatever its case, which Django's check cannot see
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "apps.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = SCHEME
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_CHANGE_EMAIL = True  # one address for each person; a new one counts once it is confirmed
PASSWORD_RESET_TIMEOUT = 24 * 3600
ACCOUNT_EMAIL_NOTIFICATIONS = True  # tell people by mail when their password, address or second factor changes
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# allauth's limits are on; these are tighter than its own, because each of these requests sends mail to somebody.
ACCOUNT_RATE_LIMITS = {"reset_password": "10/m/ip,3/m/key", "manage_email": "5/m/user"}
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("LODESTAR_TRUSTED_PROXIES", minimum=0, maximum=9, default=0)
MFA_ADAPTER = "apps.accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # a phone may be half a minute off
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# --- the API --------------------------------------------------------------------------------------------------------
API_READS_PER_MINUTE = env.integer("LODESTAR_API_READS_PER_MINUTE", minimum=1, maximum=1_000_000, default=600)
API_WRITES_PER_MINUTE = env.integer("LODESTAR_API_WRITES_PER_MINUTE", minimum=1, maximum=1_000_000, default=120)
REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "apps.api.problems.handle",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],  # nobody: each resource says who may
    "DEFAULT_SCHEMA_CLASS": "apps.api.schema.Schema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Lodestar API",
    "DESCRIPTION": "The same acts and reads as in the pages, for programs. Errors are problem+json (RFC 9457).",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [],
}

# --- mail: a folder of files in development, SMTP where LODESTAR_MAIL_URL is set --------------------------------------
DEFAULT_FROM_EMAIL = env.text("LODESTAR_MAIL_FROM", default="Lodestar <no-reply@localhost>")
EMAIL_CONFIG = env.mail("LODESTAR_MAIL_URL", default=f"file://{BASE_DIR / '.data' / 'mail'}")
globals().update(EMAIL_CONFIG)

# --- language and time ----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LOCALE_PATHS = sorted((BASE_DIR / "apps").glob("*/locale"))  # before those of libraries
LANGUAGE_COOKIE_NAME = "lodestar_language"

PRINT_FONTS = BASE_DIR / "static" / "print"  # of statements; static/src/build.mjs fills it

# --- static files and the content security policy -------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [("dist", BASE_DIR / "static" / "dist")]
WHITENOISE_USE_FINDERS = env.boolean("LODESTAR_STATIC_FROM_SOURCE", default=True)
STATIC_ROOT = None if WHITENOISE_USE_FINDERS else BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # uploads never go through a Django storage
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if WHITENOISE_USE_FINDERS
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# --- work -----------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT = "config.broker:Transport"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 3,
    "max_retries": 0,  # of sending a wake-up: with the broker away nobody waits, the sweeper finds the work
}
SWEEP_SECONDS = env.integer("LODESTAR_SWEEP_SECONDS", minimum=1, maximum=3600, default=15)
TIDY_SECONDS = env.integer("LODESTAR_TIDY_SECONDS", minimum=60, maximum=86_400, default=6 * 3600)
SOURCES_SECONDS = env.integer("LODESTAR_SOURCES_SECONDS", minimum=5, maximum=3600, default=60)
REMIND_SECONDS = env.integer("LODESTAR_REMIND_SECONDS", minimum=10, maximum=3600, default=900)
# How many days is kept what can be made again, or what nobody asks for any more: `apps.pipeline.sweeping`.
KEEP_ROWS_DAYS = env.integer("LODESTAR_KEEP_ROWS_DAYS", minimum=1, maximum=3650, default=7)
KEEP_BIN_DAYS = env.integer("LODESTAR_KEEP_BIN_DAYS", minimum=1, maximum=3650, default=7)
KEEP_QUERIES_DAYS = env.integer("LODESTAR_KEEP_QUERIES_DAYS", minimum=1, maximum=3650, default=30)
KEEP_NOTICES_DAYS = env.integer("LODESTAR_KEEP_NOTICES_DAYS", minimum=7, maximum=3650, default=90)
KEEP_WORK_DAYS = env.integer("LODESTAR_KEEP_WORK_DAYS", minimum=2, maximum=3650, default=30)
CELERY_BEAT_SCHEDULE = {
    "sweep-workspaces": {"task": "workspaces.sweep", "schedule": SWEEP_SECONDS},
    "sweep-work": {"task": "work.sweep", "schedule": SWEEP_SECONDS},
    "tidy": {"task": "pipeline.tidy", "schedule": TIDY_SECONDS},
    "sources": {"task": "sources.tick", "schedule": SOURCES_SECONDS},
    "remind": {"task": "pipeline.remind", "schedule": REMIND_SECONDS},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"workspace": {"()": "apps.workspaces.logs.WorkspaceFilter"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s [%(workspace)s] %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["workspace"]}},
    "root": {
        "handlers": ["console"],
        "level": env.choice("LODESTAR_LOG_LEVEL", choices=("DEBUG", "INFO", "WARNING", "ERROR"), default="WARNING"),
    },
}

env.complain()  # every refused variable in one message
