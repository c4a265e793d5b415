"""See `tests/pages/browser.py` for how to check a page in a browser."""

from tests.pages.browser import browser, page, site

__all__ = ["browser", "page", "site"]
