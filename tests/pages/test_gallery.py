"""The shared face in a real browser: every component, the pages for what went wrong, the language switch, bad network."""

import re

import pytest

from tests.pages.browser import check, weight_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_every_component_is_sound(site, page):
    check(page, f"{site}/ui/", "组件")


def test_a_page_that_is_not_there_says_what_to_do(site, page):
    check(page, f"{site}/nowhere/", "没有这一页", status=404)
    assert page.locator("main a.button").get_attribute("href") == "/"


def test_the_frame_of_a_public_page_is_light(site, page):
    assert weight_of(page, f"{site}/nowhere/") < 20_000


def test_the_language_is_switched_without_script_and_stays(site, browser):
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{site}/ui/?a=1")
    page.get_by_role("button", name="English").click()
    assert page.url == f"{site}/ui/?a=1"
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h1").inner_text() == "Components"
    page.goto(f"{site}/ui/")
    assert page.locator("h1").inner_text() == "Components"
    page.get_by_role("button", name="中文").click()
    assert page.locator("h1").inner_text() == "组件"
    context.close()


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org", "javascript:alert(1)"])
def test_the_language_switch_leads_nowhere_else(client, elsewhere):
    response = client.post("/language/", {"language": "en", "next": elsewhere})
    assert (response.status_code, response["Location"]) == (303, "/")


def test_an_unknown_language_changes_nothing(client):
    assert not client.post("/language/", {"language": "xx"}).cookies


def test_without_network_the_page_says_so_and_keeps_what_was_typed(site, page):
    page.goto(f"{site}/ui/")
    page.locator("#fresh_grower").fill("示例农场")
    page.context.set_offline(True)
    bar = page.locator("[data-network]")
    bar.wait_for(state="visible")
    assert "没有网络" in bar.inner_text()
    page.get_by_role("button", name="筛选").click()
    assert page.locator("#fresh_grower").input_value() == "示例农场"
    page.context.set_offline(False)
    bar.wait_for(state="hidden")


def test_the_skip_link_leads_into_the_page(site, page):
    page.goto(f"{site}/ui/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_print_has_no_navigation_and_no_buttons(site, page):
    page.goto(f"{site}/ui/")
    page.emulate_media(media="print")
    assert not page.locator("header.bar").is_visible()
    assert not page.locator(".button").first.is_visible()
    assert page.locator(".sheet").first.is_visible()


def test_every_target_on_a_workbench_is_large_enough_for_a_thumb(site, page):
    page.set_viewport_size({"width": 375, "height": 812})
    page.goto(f"{site}/ui/")
    for selector, least in (
        (".button", 44),
        (".task", 64),
        (".field input:not([type=checkbox],[type=radio])", 44),
        (".button.big", 64),
    ):
        for box in [element.bounding_box() for element in page.locator(selector).all()]:
            assert box["height"] >= least - 0.5, selector


def test_no_page_of_the_face_carries_inline_style(client):
    html = client.get("/ui/").content.decode()
    assert not re.search(r"<[^>]+\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=", html)


def test_a_request_that_names_no_possible_host_is_answered_plainly(client):
    response = client.get("/nowhere/", headers={"host": "bad host!"})
    assert response.status_code == 400
    assert "这个请求我们看不懂" in response.content.decode()
