"""Pages and API of the log: anybody checks, nobody reads what is not theirs, officials watch, administrators act."""

import base64
import io
import json
import re

import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from tests.evidence.conftest import copies, event
from tests.evidence.test_check import behind_the_triggers
from tests.evidence.test_log import append, sign
from tests.evidence.test_receipts import text_of
from tests.factories import AT, actor, party
from tests.ui.test_printing import png
from tiantou.evidence import queries, services
from tiantou.evidence.models import Checkpoint, Erasure
from tiantou.evidence.pages import watch
from tiantou.evidence.rules import notes, tree
from tiantou.kernel.actor import SYSTEM, Role

pytestmark = pytest.mark.django_db
CODE = "urn:epc:id:sgtin:9521234.000001.1"


@pytest.fixture
def log(events):
    append()
    sign()
    return events


def b64(text):
    return base64.b64decode(text)


def test_the_public_page_says_what_is_proven(visit, log):
    text = visit().get("/evidence/").content.decode()
    assert "谁也改不了而不被发现" in text
    assert "不证明" in text
    assert queries.origin() in text


def test_the_pages_stand_before_there_is_any_log(visit, db):
    for path in ("/evidence/", "/evidence/keys/", "/evidence/verify/", "/evidence/receipt/"):
        assert visit().get(path).status_code == 200
    assert visit().get("/evidence/checkpoint").status_code == 404
    assert visit(actor(Role.CITY_OFFICER)).get("/evidence/console/").status_code == 200


def test_a_reader_of_tlog_tiles_checks_the_whole_log(visit, events):
    first = events[0]
    with connection.cursor() as cursor:
        copies(cursor, [f"urn:test:{number}" for number in range(300)])
    append()
    sign()
    client = visit()
    note = notes.parse_note(client.get("/evidence/log/checkpoint").content.decode())
    key = notes.parse_key(re.search(r"<code>(.+?)</code>", client.get("/evidence/keys/").content.decode())[1])
    head = notes.parse_head(note.text)
    assert note.signed_by(key)
    hashes = b""
    for index in range(-(-head.size // 256)):
        width = min(256, head.size - index * 256)
        answer = client.get("/evidence/log/" + tree.tile_path(0, index, width))
        assert answer["Content-Type"] == "application/octet-stream"
        hashes += answer.content
    growth = tree.Growth()
    growth.extend(hashes[at : at + 32] for at in range(0, len(hashes), 32))
    assert (growth.size, growth.root()) == (303, head.root)
    assert first.pk


@pytest.mark.parametrize(
    "path",
    [
        "0/000.p/4",
        "0/000",
        "0/001",
        "9/000.p/1",
        "0/x999/999/999/999/999/999/999/999",
        "nonsense",
        "0/000.p/0",
        "99999/000",
        "0/%00",
    ],
)
def test_a_tile_that_is_not_there_is_absent(visit, log, path):
    assert visit().get(f"/evidence/log/tile/{path}").status_code == 404


def test_proofs_by_the_api_are_right(visit, log):
    event(8)
    append()
    sign()
    client = visit()
    newest = client.get("/api/v1/evidence/checkpoint").json()
    assert newest["size"] == 4
    assert notes.parse_note(newest["note"]).text.split("\n")[2] == newest["root"]
    found = client.get("/api/v1/evidence/consistency?first=3&second=4").json()
    assert tree.is_consistent(
        3, 4, b64(found["first_root"]), b64(found["second_root"]), [b64(n) for n in found["proof"]]
    )
    found = client.get("/api/v1/evidence/inclusion?index=1&size=4").json()
    assert tree.root_of_inclusion(b64(found["leaf"]), 1, 4, [b64(n) for n in found["path"]]) == b64(newest["root"])
    assert len(client.get("/api/v1/evidence/checkpoints").json()) == 2
    assert [key["verifier"] for key in client.get("/api/v1/evidence/keys").json()] == [
        str(k.verifier) for k in queries.all_keys()
    ]


@pytest.mark.parametrize("path", [
    "/evidence/receipt/?code=urn:epc:id:sgtin:9521234.000001.%00", "/evidence/receipt.json?code=%00", "/evidence/receipt.pdf?event=%00", "/evidence/receipt.json",
    "/evidence/verify/?i=-1&s=3&d=", "/evidence/verify/?i=99999999999999999999&s=99999999999999999999", "/evidence/verify/?i=0&s=%00", "/evidence/verify/?i=&s=",
    "/api/v1/evidence/receipt?code=urn:epc:id:sgtin:9521234.000001.%00", "/api/v1/evidence/checkpoints?skip=10000000",
    "/api/v1/evidence/checkpoints?skip=99999999999999999999", "/evidence/receipt/?code=" + "9" * 5000,
])  # fmt: skip
def test_nothing_that_is_asked_breaks_the_log(visit, log, path):
    assert visit().get(path).status_code < 500


@pytest.mark.parametrize(("query", "status"), [
    ("consistency?first=5&second=4", 404), ("consistency?first=1&second=99", 404), ("consistency?first=-1&second=2", 422),
    ("inclusion?index=3&size=3", 404), ("inclusion?index=0&size=0", 404), ("inclusion?index=9999999999999999999&size=1", 422),
    ("receipt?code=nonsense", 404), ("receipt?event=nonsense", 404), ("receipt", 404),
])  # fmt: skip
def test_what_cannot_be_proven_is_refused_plainly(visit, log, query, status):
    answer = visit().get(f"/api/v1/evidence/{query}")
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("application/problem+json")


def test_an_events_receipt_is_for_who_may_see_it(visit, log):
    holder, other = party(), party()
    own = event(9, by=actor(Role.FARMER, party=holder))
    append()
    sign()
    path = "/api/v1/evidence/receipt"
    answer = visit(actor(Role.FARMER, party=holder)).get(path, {"event": own.event_id})
    assert json.loads(answer.json()["leaves"][0]["event"])["eventID"] == own.event_id
    for stranger in (actor(Role.FARMER, party=other), None):
        client = visit(stranger) if stranger else visit()
        assert client.get(path, {"event": own.event_id}).status_code == 404
        assert client.get("/evidence/receipt.json", {"event": own.event_id}).status_code == 404


def test_anybody_pins_down_the_way_of_a_thing_without_reading_it(visit, log):
    client = visit()
    page = client.get("/evidence/receipt/", {"code": CODE})
    assert page.status_code == 200
    assert "内容未公开" in page.content.decode()
    assert "示例果园" not in page.content.decode()
    file = client.get("/evidence/receipt.json", {"code": CODE})
    assert "attachment" in file["Content-Disposition"]
    assert queries.standing(file.content.decode()).holds
    assert "示例果园" not in file.content.decode()


@pytest.mark.parametrize(("code", "status"), [("nonsense", 404), ("urn:epc:id:sgtin:9521234.000001.77", 404)])
def test_a_thing_without_records_is_said_to_have_none(visit, log, code, status):
    assert visit().get("/evidence/receipt/", {"code": code}).status_code == status


def test_before_the_next_checkpoint_there_is_no_receipt_and_the_page_says_when(visit, events):
    answer = visit().get("/evidence/receipt/", {"code": CODE})
    assert "最多一小时" in answer.content.decode()
    assert visit().get("/evidence/receipt.json", {"code": CODE}).status_code == 404


def test_a_receipt_is_checked_by_paste_or_upload(visit, log):
    text = text_of(log)
    for body in ({"receipt": text}, {"file": io.BytesIO(text.encode())}):
        answer = visit().post("/evidence/verify/", body)
        assert answer.status_code == 200
        assert "通过：一个字节也没有变" in answer.content.decode()
        assert "示例果园 2" in answer.content.decode()


def test_a_wrong_receipt_is_told_what_is_wrong_with_it(visit, log):
    text = text_of(log)
    for wrong, said in [
        (text.replace("示例果园 1", "示例果园 7"), "记录和签名的树对不上"),
        (text.replace('"format"', '"formal"'), "看不懂"),
        ("", "看不懂"),
        (text[:-5], "看不懂"),
    ]:
        answer = visit().post("/evidence/verify/", {"receipt": wrong})
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert "一个字节也没有变" not in answer.content.decode()


def test_a_log_that_was_rewritten_is_convicted_by_an_old_receipt(visit, log):
    text = text_of(log)
    behind_the_triggers("UPDATE evidence_tile SET hashes = sha256('x') || substring(hashes from 33) WHERE level = 0")
    answer = visit().post("/evidence/verify/", {"receipt": text})
    assert "请保存好这张回执" in answer.content.decode()
    assert (
        visit().post("/api/v1/evidence/verify", {"receipt": text}, content_type="application/json").json()["holds"]
        is False
    )


def test_the_code_on_the_paper_receipt_reads_and_checks(visit, log):
    client = visit(actor(Role.CITY_OFFICER))
    sheet = client.get("/evidence/receipt.pdf", {"code": CODE})
    assert sheet.content.startswith(b"%PDF")
    link = scanned(sheet.content)
    assert link.startswith("http://localhost:8000/evidence/verify/?i=1&s=3&d=")
    path = link.removeprefix("http://localhost:8000")
    assert "通过：一个字节也没有变" in visit().get(path).content.decode()
    wrong = path[:-1] + ("0" if path[-1] != "0" else "1")
    for other in (
        wrong,
        path.replace("i=1", "i=2"),
        path.replace("s=3", "s=9"),
        "/evidence/verify/?i=x&s=3&d=",
        "/evidence/verify/?i=1",
    ):
        answer = visit().get(other)
        assert answer.status_code == 422
        assert "不通过" in answer.content.decode()


def scanned(pdf):
    """The text of the QR code on the first page, read by another library than the one that drew it."""
    [code] = zxingcpp.read_barcodes(png(pdf))
    return code.text


def test_the_verifiers_are_handed_out_as_files(visit, db):
    for name in ("verifier.html", "verify_receipt.py"):
        answer = visit().get(f"/evidence/{name}")
        assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert b"http" not in visit().get("/evidence/verifier.html").content.replace(b"http-equiv", b"")


def test_officials_see_how_the_log_is_and_only_administrators_act(visit, log):
    client = visit(actor(Role.CITY_OFFICER))
    page = client.get("/evidence/console/").content.decode()
    assert Checkpoint.objects.get().root_hex[:16] in page
    assert "删除，不能恢复" not in page
    for path in ("sign", "erase", "check"):
        assert client.post(f"/evidence/console/{path}/").status_code == 403
    assert visit(actor(Role.BUYER)).get("/evidence/console/").status_code == 403


def test_an_administrator_signs_checks_and_erases(visit, log):
    client = visit(actor(Role.ADMINISTRATOR))
    event(9)
    assert client.post("/evidence/console/sign/").status_code == 303
    assert Checkpoint.objects.order_by("-id").first().size == 4
    assert client.post("/evidence/console/check/").status_code == 303
    assert "4 条全部一致" in client.get("/evidence/console/").content.decode()
    assert client.post("/evidence/console/erase/", {"event": log[0].event_id, "ground": "request"}).status_code == 303
    assert Erasure.objects.get().leaf == 0
    again = client.post("/evidence/console/erase/", {"event": log[0].event_id, "ground": "request"})
    assert again.status_code == 409
    assert client.post("/evidence/console/erase/", {"event": "nothing", "ground": "request"}).status_code == 404
    assert client.post("/evidence/console/erase/", {"event": log[1].event_id, "ground": "x"}).status_code == 422


def test_a_large_log_is_not_checked_while_somebody_waits(visit, log, monkeypatch):
    monkeypatch.setattr(watch, "MOST_AT_ONCE", 2)
    answer = visit(actor(Role.AUDITOR)).post("/evidence/console/check/")
    assert answer.status_code == 409
    assert "tiantou evidence check" in answer.content.decode()


def test_a_fault_that_was_found_stands_on_the_console(visit, log):
    behind_the_triggers(
        """UPDATE trace_event SET body = jsonb_set(body, '{bizStep}', '"destroying"') WHERE id = %s""", log[1].pk
    )
    services.check_log(by=SYSTEM, at=AT)
    page = visit(actor(Role.AUDITOR)).get("/evidence/console/").content.decode()
    assert log[1].event_id in page
    assert "记录和存证不一致" in page


def test_a_configured_witness_is_heard_and_nobody_else(visit, log, settings):
    witness, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    name = "witness.example.test/w1"
    settings.TIANTOU_WITNESSES = [str(notes.key_of(name, witness).cosigner)]
    text = notes.parse_note(Checkpoint.objects.get().note).text

    def post(line, size=3):
        body = {"size": size, "line": line}
        return visit().post("/api/v1/evidence/cosignatures", body, content_type="application/json")

    assert post(str(notes.cosign(text, name, other, 1))).status_code == 422
    assert post(str(notes.sign(text, name, witness))).status_code == 422
    assert post(str(notes.cosign(text + "x", name, witness, 1))).status_code == 422
    assert post("nonsense").status_code == 422
    good = str(notes.cosign(text, name, witness, 1_700_000_000))
    assert post(good, size=2).status_code == 404
    assert post(good).status_code == 200
    assert post(good).status_code == 200
    served = notes.parse_note(visit().get("/evidence/checkpoint").content.decode())
    assert served.seen_at(notes.key_of(name, witness).cosigner) == 1_700_000_000
    assert len(served.signatures) == 3
    assert queries.standing(text_of(log)).holds
