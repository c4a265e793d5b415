"""Settings of the test suite: its own embedded server in its own data folder, durability off for speed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent.parent
os.environ.setdefault("TIANTOU_DATA", str(_ROOT / ".cache" / "test"))

from tiantou.config import embedded  # noqa: E402 - the data folder must be chosen before settings are read

if not os.environ.get("DATABASE_URL"):
    embedded.TUNING |= {
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": "200",
    }
    os.environ["DATABASE_URL"] = embedded.start(Path(os.environ["TIANTOU_DATA"]))

from tiantou.config.settings import *  # noqa: E402, F403 - a settings module is its names
from tiantou.config.settings import DATABASES, STATIC_ROOT, STORAGES  # noqa: E402

TESTING = True
DATABASES["default"]["TEST"] = {"NAME": os.environ.get("TIANTOU_TEST_DATABASE", "test_tiantou")}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
MEDIA_ROOT = Path(tempfile.mkdtemp(prefix="tiantou-files-"))
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
ALLOWED_HOSTS = ["*"]
#: Tests read static files where they lie, without collecting them.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
