"""Every component in a real browser."""

import pytest

from tests.pages.browser import check

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_the_gallery_is_sound(site, page):
    check(page, f"{site}/ui/", "组件")
