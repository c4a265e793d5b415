"""Checking a receipt in a real browser: on our page without script, and with the one file from the disk, far from us."""

import pytest

from tests.evidence.conftest import event
from tests.evidence.test_log import append, sign
from tests.evidence.test_receipts import text_of
from tests.factories import AT, actor
from tests.pages.browser import check
from tiantou.evidence import queries, services
from tiantou.evidence.pages.public import OFFLINE
from tiantou.kernel.actor import STRANGER, SYSTEM, Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


@pytest.fixture
def log(settings, tmp_path):
    """A log of seven leaves under a checkpoint."""
    settings.DATA = tmp_path
    made = [event(number) for number in range(7)]
    append()
    sign()
    return made


@pytest.fixture
def verifier(page, tmp_path):
    """`verifier(text, key)` opens the file from the disk, without network, and tells the verdict and everything shown."""
    file = tmp_path / "verifier.html"
    file.write_bytes((OFFLINE / "verifier.html").read_bytes())
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.context.set_offline(True)

    def verdict(text, key="", *, upload=False):
        page.goto(file.as_uri())
        if upload:
            page.set_input_files(
                "#file", {"name": "receipt.json", "mimeType": "application/json", "buffer": text.encode()}
            )
        else:
            page.locator("#paste").fill(text)
        page.locator("#key").fill(key)
        page.locator("#check").click()
        box = page.locator("[data-verdict]")
        box.wait_for()
        assert {url for url in asked if not url.startswith("file:")} == set()
        assert faults == []
        return box.get_attribute("data-verdict"), box.inner_text()

    return verdict


def test_the_file_takes_a_genuine_receipt_from_the_disk(log, verifier):
    for upload in (False, True):
        verdict, said = verifier(text_of(log), upload=upload)
        assert verdict == "proven"
        assert "7 条记录" in said
        assert queries.origin() in said
        assert "2026-11-20T00:30:00.000Z" in said
    assert verifier(text_of(log, STRANGER))[0] == "proven"


def test_the_file_refuses_what_was_changed_anywhere(log, verifier):
    text = text_of(log)
    [key] = queries.all_keys()
    size = f"{queries.origin()}\\n7\\n"
    assert size in text
    for wrong, verdict in [
        (text.replace("示例果园 3", "示例果园 4"), "refused"),
        (text.replace('"index":3', '"index":4'), "refused"),
        (text.replace(size, size.replace("7", "8")), "refused"),
        (text.replace('"salt":"', '"salt":"AAAA', 1), "refused"),
        (text.replace(key.verifier.id.hex(), "00000000"), "unreadable"),
        (text.replace('"format"', '"formal"'), "unreadable"),
        (text[:-3], "unreadable"),
        ("", "unreadable"),
    ]:
        assert wrong != text
        assert verifier(wrong)[0] == verdict


def test_each_signature_counts_and_only_the_trusted_key(log, verifier):
    import json

    receipt = json.loads(text_of(log))
    [key] = queries.all_keys()
    assert verifier(json.dumps(receipt), str(key.verifier))[0] == "proven"
    assert verifier(json.dumps(receipt), str(key.verifier.cosigner))[0] == "refused"
    text, gap, (plain, dated, end) = (
        *receipt["checkpoint"].partition("\n\n")[:2],
        receipt["checkpoint"].partition("\n\n")[2].split("\n"),
    )
    for lines in ([plain], [dated], [plain, plain]):
        wrong = {**receipt, "checkpoint": text + gap + "\n".join([*lines, end])}
        assert verifier(json.dumps(wrong))[0] == "refused"


def test_a_browser_without_the_means_says_that_nothing_was_proven(log, verifier, page):
    page.add_init_script(
        "SubtleCrypto.prototype.importKey = () => Promise.reject(new DOMException('no', 'NotSupportedError'))"
    )
    verdict, said = verifier(text_of(log))
    assert verdict == "unchecked"
    assert "什么也没有证明" in said


def test_the_console_is_sound_at_both_widths(visit, site, page, log):
    services.check_log(by=SYSTEM, at=AT)
    visit(actor(Role.ADMINISTRATOR))
    check(page, f"{site}/evidence/console/", "存证")


def test_the_pages_are_sound_at_both_widths(site, page, log):
    for path, h1 in [
        ("evidence/", "存证"),
        ("evidence/keys/", "签名钥匙"),
        ("evidence/verify/", "核验回执"),
        ("evidence/receipt/?code=urn:epc:id:sgtin:9521234.000001.1", "存证回执"),
    ]:
        check(page, f"{site}/{path}", h1)


def test_a_receipt_is_checked_on_our_page_without_script(site, browser, log):
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{site}/evidence/verify/")
    page.locator("textarea").fill(text_of(log))
    page.get_by_role("button", name="核验").click()
    assert "通过：一个字节也没有变" in page.inner_text("main")
    page.locator("textarea").fill(text_of(log).replace("示例果园 3", "示例果园 4"))
    page.get_by_role("button", name="核验").click()
    assert "不通过" in page.inner_text("main")
    context.close()
