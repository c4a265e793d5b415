"""Authorities share traces: under an agreement, for a purpose, on record; out in the standard's shape, and in again."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import factories
from tests.market.chain import AT, open_shop
from tests.production.web import Browser
from tiantou.kernel.actor import SYSTEM, Role
from tiantou.kernel.errors import Absent, Invalid, NotPermitted, TooLarge
from tiantou.production import services as production
from tiantou.quality import exchanging
from tiantou.quality.models import ExchangeAccess
from tiantou.quality.rules import exchange as rules
from tiantou.quality.services import bring_record, share_batch, shared
from tiantou.registry.models import Agreement, Status
from tiantou.trace import queries as trace
from tiantou.trace.models import Event

db = pytest.mark.django_db
WHY = {"purpose": "investigation", "case_ref": "示例案〔2026〕3号"}


def authority(purposes=("investigation", "supervision"), **facts):
    """Another city's commission with a confirmed agreement in force."""
    party = factories.party("authority", "示例邻市农业农村委员会")
    home = factories.party("authority", "示例市农业农村委员会")
    facts = {"starts": AT.date() - timedelta(days=30), "ends": AT.date() + timedelta(days=30), **facts}
    data = {"purposes": list(purposes), "personal": ["investigation"], **facts.pop("data", {})}
    status = facts.pop("status", Status.CONFIRMED)
    Agreement.objects.create(
        kind="sharing",
        code="AG-1",
        name="示例共享协议",
        holder=home,
        other=party,
        status=status,
        updated_at=AT,
        data=data,
        **facts,
    )
    return factories.actor(Role.AUTHORITY, party=party)


def delivered():
    shop = open_shop()
    shop.delivered(4)
    return shop


def given_to(by, lot, **facts):
    return shared(by=by, at=AT, code=lot.code, **{**WHY, **facts})


@db
def test_a_batch_goes_out_with_each_link_its_source_and_its_destination():
    shop = delivered()
    record = given_to(authority(), shop.lot).record
    kinds = [link["kind"] for link in record.links]
    assert kinds == ["production", "purchase", "processing", "processing", "transport"]
    first, weighed, graded, packed, road = record.links
    assert first["batch_out"] == weighed["batches_in"][0] == graded["batches_in"][0]
    assert packed["batches_in"] == [graded["batch_out"]]
    assert packed["batch_out"] == road["batch_out"] == shop.lot.code
    assert weighed["source"] == "示例脐橙专业合作社"
    assert road["source"] == "示例田头市场管理有限公司"
    assert first["destination"] == "示例田头市场管理有限公司"
    assert weighed["quantity_kg"] == 50
    assert {row["name"] for row in record.subjects} >= {"示例脐橙专业合作社", "示例冷链运输有限公司"}
    up = given_to(authority_again(), shop.lot, direction="up").record
    assert len(up.links) == len(record.links)
    harvest = shop.town.plot.lots.order_by("pk").first()
    assert [link["kind"] for link in given_to(authority_again(), harvest, direction="up").record.links] == [
        "production",
        "purchase",
    ]


def authority_again():
    return factories.actor(Role.AUTHORITY, party=Agreement.objects.get().other)


@db
@pytest.mark.parametrize("write", [exchanging.as_json, exchanging.as_xml])
def test_what_was_written_is_read_back_the_same(write):
    shop = delivered()
    given = given_to(authority(), shop.lot)
    content = write(given.record, {"batch": given.access.batch})
    back = exchanging.read(content, "application/xml" if b"<record" in content else "application/json")
    assert rules.plain(back, exchanging.shape()) == rules.plain(given.record, exchanging.shape())


@db
def test_without_a_living_agreement_for_the_purpose_nothing_is_shown_and_nothing_logged():
    shop = delivered()
    for by, facts in (
        (factories.actor(Role.AUTHORITY, party=factories.party("authority", "示例无协议")), {}),
        (authority(purposes=["supervision"]), {}),
    ):
        with pytest.raises(NotPermitted):
            given_to(by, shop.lot, **facts)
    Agreement.objects.update(data={"purposes": ["investigation"]}, ends=AT.date() - timedelta(days=1))
    with pytest.raises(NotPermitted):
        given_to(authority_again(), shop.lot)
    Agreement.objects.update(ends=None, status=Status.DRAFT)
    with pytest.raises(NotPermitted):
        given_to(authority_again(), shop.lot)
    assert not ExchangeAccess.objects.exists()


@db
@pytest.mark.parametrize("facts", [{"purpose": ""}, {"purpose": "curiosity"}, {"case_ref": " "}, {"direction": "x"}])
def test_each_access_names_purpose_and_case(facts):
    shop = delivered()
    with pytest.raises(Invalid):
        given_to(authority(), shop.lot, **facts)


@db
def test_out_of_scope_is_absent():
    shop = delivered()
    by = authority(data={"scope_area": "500101"})
    with pytest.raises(Absent):
        given_to(by, shop.lot)
    Agreement.objects.update(data={"purposes": ["investigation"], "scope_area": "500236"})
    assert given_to(by, shop.lot).record.links


@db
def test_the_owner_and_the_auditor_see_who_looked_and_nobody_changes_it():
    shop = delivered()
    by = authority()
    access = share_batch(by=by, at=AT, code=shop.lot.code, **WHY)
    owner, other = shop.town.grower, shop.town.stranger
    assert ExchangeAccess.objects.visible_to(owner).get() == access
    assert ExchangeAccess.objects.visible_to(factories.actor(Role.AUDITOR)).exists()
    assert not ExchangeAccess.objects.visible_to(other).exists()
    page = Browser(owner).get("/exchange/mine/")
    assert "示例邻市农业农村委员会" in page
    assert WHY["case_ref"] in page
    from django.db import DatabaseError, transaction

    with pytest.raises(DatabaseError), transaction.atomic():
        ExchangeAccess.objects.update(purpose="recall")


@db
def test_persons_are_masked_unless_the_purpose_shows_them():
    here = open_shop().town
    villager = factories.party("grower", "李示例", natural_person=True)
    grower = factories.actor(Role.FARMER, party=villager)
    plot = production.lay_out_plot(
        by=grower, at=AT, base=factories.site(), code="9", name="屋后", area_mu=1, product=here.product, grower=villager
    )
    lot = production.harvest(by=grower, at=AT, plot=plot, mass_g=1_000)
    by = authority()
    shown = given_to(by, lot).record.subjects[0]
    hidden = given_to(by, lot, purpose="supervision").record.subjects[0]
    assert (shown["name"], hidden["name"]) == ("李示例", "李*")
    assert not hidden["credit_code"]
    assert not hidden["address"]


def a_record(**link):
    first = {
        "kind": "production",
        "subject": "S1",
        "at": "2026-11-19T08:00:00+08:00",
        "batch_out": "WB-1",
        "product": "示例柑",
        "quantity_kg": 20,
    }
    second = {
        "kind": "processing", "subject": "S1", "at": "2026-11-19T10:00:00+08:00", "batches_in": ["WB-1"], "batch_out": "WB-2", **link,
    }  # fmt: skip
    return {"subjects": [{"id": "S1", "name": "示例外地合作社"}], "links": [first, second]}


def bring(by, record, **facts):
    return bring_record(by=by, at=AT, content=json.dumps(record).encode(), media="application/json", **{**WHY, **facts})


@db
def test_another_platforms_record_becomes_events_once_and_meets_our_own():
    shop = open_shop()
    by = authority()
    before = Event.objects.count()
    bring(by, a_record(batch_out=shop.lot.code))
    bring(by, a_record(batch_out=shop.lot.code))
    assert Event.objects.count() == before + 2
    assert "urn:tiantou:batch:WB-1" in trace.ancestors(shop.lot.epc)
    assert ExchangeAccess.objects.filter(brought=True).count() == 2
    assert ExchangeAccess.objects.visible_to(shop.town.grower).count() == 2


@db
def test_goods_made_of_a_recalled_batch_elsewhere_are_stopped_when_the_record_comes():
    shop = open_shop()
    harvest = shop.town.lot(1_000)
    production.place_hold(by=shop.town.inspector, at=AT, lot=shop.town.plot.lots.order_by("pk").first(), reason="示例")
    record = a_record(batches_in=[shop.lot.code], batch_out=harvest.code)
    bring(authority(), record)
    production.extend_holds(by=SYSTEM, at=AT)
    harvest.refresh_from_db()
    assert harvest.on_hold


@db
@pytest.mark.parametrize(
    ("change", "row", "term"),
    [
        ({"batches_in": []}, 2, "入库批次"),
        ({"at": "2026-11-19T10:00:00"}, 2, "时间"),
        ({"at": "yesterday"}, 2, "时间"),
        ({"kind": "magic"}, 2, "环节"),
        ({"subject": "S9"}, 2, "主体编号"),
        ({"quantity_kg": "NaN"}, 2, "数量"),
        ({"quantity_kg": -1}, 2, "数量"),
        ({"batch_out": ""}, 2, "出库批次"),
        ({"batch_out": "a\u0000b"}, 2, "出库批次"),
        ({"secret": "x"}, 2, "secret"),
    ],
)
def test_a_faulty_record_is_refused_by_row_and_field(change, row, term):
    with pytest.raises(Invalid) as refusal:
        bring(authority(), a_record(**change))
    assert any(problem.row == row and term in problem.field for problem in refusal.value.problems), str(refusal.value)
    assert all(problem.reason and problem.remedy for problem in refusal.value.problems)
    assert not Event.objects.exists()


BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><record><links><link>&b;</link></links></record>"""


@pytest.mark.parametrize(
    "content",
    [
        BOMB,
        b'<!DOCTYPE r SYSTEM "http://evil.example/x.dtd"><record/>',
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><record>&x;</record>',
        b"<record><subjects/>", b"<record/>", b"\xff\xfe", b"[]", b"{}", b"[" * 100_000, b"", b"<a>" * 50_000,
    ],
)  # fmt: skip
def test_hostile_and_broken_files_are_refused(content):
    with pytest.raises(Invalid):
        exchanging.read(content, "application/xml" if content[:1] == b"<" else "application/json")


def test_a_file_too_large_is_refused():
    with pytest.raises(TooLarge):
        exchanging.read(b"{" * (exchanging.MOST_BYTES + 1), "application/json")


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["subjects", "links", "id", "at", "kind"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(anything)
def test_whatever_comes_is_a_record_or_has_faults(raw):
    record, faults = rules.checked(raw, exchanging.shape())
    assert faults or record.links


@db
def test_the_api_gives_json_or_xml_and_logs_each_call():
    shop = delivered()
    browser = Browser(authority())
    url = f"/api/v1/exchange/batches/{shop.lot.code}?purpose=investigation&case_ref=A1"
    body = browser.api(url)
    assert (body["standard"], body["case_ref"], len(body["links"])) == ("NY/T 4712-2025", "A1", 5)
    answer = browser._ask("get", url, 200, headers={"Accept": "application/xml"})
    assert answer.content.startswith(b"<?xml")
    assert "出库批次（追溯码）" in answer.content.decode()
    assert len(browser.api("/api/v1/exchange/accesses")) == 2
    made = browser.api("/api/v1/exchange/records?purpose=investigation&case_ref=A2", a_record())
    assert made["links"] == 2
    browser.api(f"/api/v1/exchange/batches/{shop.lot.code}", expect=422)
    Browser(shop.buyer).api(url, expect=403)
    assert "出库批次（追溯码）" in {field["term"] for field in browser.api("/api/v1/exchange/shape")["link"]}


@db
def test_an_official_takes_and_brings_on_the_page():
    shop = delivered()
    officer = Browser(factories.actor(Role.CITY_OFFICER, area_code="50"))
    facts = {
        "do": "take",
        "purpose": "recall",
        "case_ref": "A1",
        "code": shop.lot.code,
        "direction": "both",
        "form": "xml",
    }
    answer = officer.post("/exchange/", **facts, expect=200)
    assert answer.content.startswith(b"<?xml")
    officer.post("/exchange/", **{**facts, "code": "x"}, expect=404)
    officer.post("/exchange/", **{**facts, "case_ref": ""}, expect=422)
    from django.core.files.uploadedfile import SimpleUploadedFile

    def upload(content, expect):
        file = SimpleUploadedFile("r.json", content, content_type="application/json")
        return officer.post("/exchange/", do="bring", purpose="recall", case_ref="A2", file=file, expect=expect)

    upload(json.dumps(a_record()).encode(), 303)
    assert "环节 时间" in upload(json.dumps(a_record(at="x")).encode(), 422).content.decode()
    assert "A2" in officer.get("/exchange/")
