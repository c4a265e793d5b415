"""The WSGI application that the web server runs."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tiantou.config.settings")

from django.core.wsgi import get_wsgi_application  # noqa: E402 - settings first

application = get_wsgi_application()
