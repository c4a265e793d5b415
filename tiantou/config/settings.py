"""Settings of the platform. What differs between installations comes from the environment; see docs/operating.md."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "tiantou"
#: Everything that is not code: database, uploads, lake, keys. Ignored by git.
DATA = Path(os.environ.get("TIANTOU_DATA") or ROOT / "data").resolve()
REGION = os.environ.get("TIANTOU_REGION", "chongqing")
TESTING = False


def _secret(name: str) -> str:
    """A key kept in the data folder, made at first use, readable by the owner only."""
    if value := os.environ.get(f"TIANTOU_{name.upper()}"):
        return value
    path = DATA / "keys" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text()
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text()


def database(url: str) -> dict[str, object]:
    """Django's database entry for a `postgresql://` URL, host in the query string (a socket folder) included."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/") or "tiantou",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", [parts.hostname or ""])[0],
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5},
    }


SECRET_KEY = _secret("secret_key")
#: Key of the hash under which identity numbers are kept; never leaves the data folder.
IDENTITY_KEY = _secret("identity_key")
DEBUG = False
ALLOWED_HOSTS = os.environ.get("TIANTOU_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
#: The public address, for links in QR codes and messages.
BASE_URL = os.environ.get("TIANTOU_URL", f"http://localhost:{os.environ.get('PORT', '8000')}")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
HTTPS = BASE_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_cotton.apps.SimpleAppConfig",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "tiantou.kernel",
    "tiantou.ui",
    "tiantou.areas",
    "tiantou.registry",
    "tiantou.people",
    "tiantou.trace",
    "tiantou.epcis",
    "tiantou.evidence",
    "tiantou.stock",
    "tiantou.ledger",
    "tiantou.cases",
    "tiantou.production",
    "tiantou.quality",
    "tiantou.logistics",
    "tiantou.fieldmarket",
    "tiantou.market",
    "tiantou.programmes",
    "tiantou.statistics",
    "tiantou.portal",
    "tiantou.config",
]

MIDDLEWARE = [
    "tiantou.epcis.middleware.BindingMiddleware",
    "tiantou.config.middleware.FaultMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tiantou.people.middleware.ActorMiddleware",
    "tiantou.config.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "tiantou.config.urls"
WSGI_APPLICATION = "tiantou.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Before the apps: our pages of sign-in stand in front of allauth's own.
        "DIRS": [PACKAGE / "people" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["django_cotton.templatetags.cotton", "django.templatetags.i18n", "tiantou.ui.templatetags.ui"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "tiantou.ui.context.face",
            ],
        },
    }
]
COTTON_DIR = "cotton"
COTTON_ISOLATE_BY_DEFAULT = True

DATABASES = {"default": database(os.environ.get("DATABASE_URL", f"postgresql://postgres@/tiantou?host={DATA}/pg"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "kernel_cache"}}

AUTH_USER_MODEL = "people.Person"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"phone"}
ACCOUNT_SIGNUP_FIELDS = ["phone*"]
ACCOUNT_ADAPTER = "tiantou.people.allauth_adapters.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "tiantou.people.forms.NameForm"
ACCOUNT_FORMS = {
    "login": "tiantou.people.allauth_forms.SignInForm",
    "confirm_login_code": "tiantou.people.allauth_forms.ConfirmCodeForm",
}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_FORMAT = ACCOUNT_PHONE_VERIFICATION_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_PHONE_VERIFICATION_TIMEOUT = 300
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
#: Tries are limited by `people.limits` (shared by all processes), not by allauth's cache.
ACCOUNT_RATE_LIMITS = False
MFA_RATE_LIMITS = False
MFA_ADAPTER = "tiantou.people.allauth_adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "田头"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/workbench/"
LOGOUT_REDIRECT_URL = "/"
#: Who carries codes to phones, see `people.sms`.
TIANTOU_SMS = os.environ.get("TIANTOU_SMS", "tiantou.people.sms.ConsoleGateway")
#: Witnesses whose cosignatures of checkpoints are taken: verifier keys (C2SP signed-note), separated by spaces.
TIANTOU_WITNESSES = os.environ.get("TIANTOU_WITNESSES", "").split()
_TRIAL = os.environ.get("TIANTOU_DEMO") == "1" and urlsplit(BASE_URL).hostname in {"localhost", "127.0.0.1"}
#: Shows sign-in codes on the page: only for the demonstration on one's own machine, or where it is asked for by name.
TIANTOU_DEMO_CODES = os.environ.get("TIANTOU_DEMO_CODES", str(int(_TRIAL))) == "1"
#: Officials act only with a second factor; off in the demonstration on one's own machine, where each page says so.
TIANTOU_REQUIRE_MFA = os.environ.get("TIANTOU_REQUIRE_MFA", str(int(not _TRIAL))) == "1"
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = ["tiantou.ui.formats"]

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
#: The one stylesheet is put together from the components' own (see ui.css); its finder offers it like any other file.
ASSEMBLED_ROOT = DATA / "assembled"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "tiantou.ui.css.Finder",
]
#: Front-end packages, installed by lock file; only what pages use is collected.
STATICFILES_DIRS = [
    ("htmx", ROOT / "node_modules/htmx.org/dist"),
    ("leaflet", ROOT / "node_modules/leaflet/dist"),
    ("echarts", ROOT / "node_modules/echarts/dist"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = DATA / "files"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 12 * 3600
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
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
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "manifest-src": ["'self'"],
    }
}
#: How long one query of the trace journal may take.
TIANTOU_EPCIS_QUERY_SECONDS = int(os.environ.get("TIANTOU_EPCIS_QUERY_SECONDS", "10"))
#: Subscriptions may be sent to this machine itself: for tests and trials only.
TIANTOU_SUBSCRIBERS_MAY_BE_LOCAL = os.environ.get("TIANTOU_SUBSCRIBERS_MAY_BE_LOCAL") == "1"
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
