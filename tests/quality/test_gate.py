"""市场准入: what a keeper may decide, every decision once, and what the phone brings home later."""

import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from tests import factories
from tests.market.chain import open_shop
from tests.production.cast import AT, ON, town
from tests.production.web import Browser
from tiantou.fieldmarket.queries import pack_path
from tiantou.kernel.actor import Role
from tiantou.kernel.errors import Absent, Invalid, KeyReused
from tiantou.production.services import place_hold, record_work
from tiantou.quality.models import GateEntry, QuickTest, Vendor
from tiantou.quality.queries import gate as queries
from tiantou.quality.rules import gate as rules
from tiantou.quality.services import EntryNotAllowed, decide_entry, issue_commitment, revoke_commitment
from tiantou.trace.models import Event

BASIS = "质量安全控制符合要求"
GOOD = {"item": "示例项目", "value": "12", "limit": "50", "unit": "%", "instrument": "示例速测仪"}


def certified(here):
    lot = here.lot()
    return lot, issue_commitment(by=here.grower, at=AT, lot=lot, basis=BASIS)


def decide(here, code, decision="accept", **facts):
    return decide_entry(**{"by": here.keeper, "at": AT, "code": code, "decision": decision, **facts})


def advice_on(here, code):
    return queries.present([code], here.market, AT)[0].advice


STANDINGS = st.builds(
    rules.Standing,
    known=st.booleans(),
    paper=st.sampled_from(["valid", "revoked", "replaced", "missing", "not-needed"]),
    held=st.booleans(),
    exit_rules=st.lists(st.sampled_from(["banned", "interval", "failed", "certificate", "records"]), max_size=3),
    tested=st.sampled_from([None, True, False]),
    vendor_on_file=st.booleans(),
)


@given(STANDINGS)
def test_goods_come_in_if_and_only_if_nothing_stands_against_it(standing):
    allowed = rules.allows(rules.Decision.ACCEPT, rules.checks(standing))
    safe = not standing.held and not {"banned", "interval", "failed"} & set(standing.exit_rules)
    paper = standing.paper in {"valid", "not-needed"} or (standing.paper in {"missing", "replaced"} and standing.tested)
    assert allowed == (safe and bool(paper) and standing.tested is not False)


@given(STANDINGS)
def test_refusing_and_setting_apart_is_always_the_keepers_to_decide(standing):
    found = rules.checks(standing)
    assert rules.allows(rules.Decision.REFUSE, found)
    assert rules.allows(rules.Decision.QUARANTINE, found)


@given(STANDINGS)
def test_a_passed_test_never_makes_it_worse_and_a_hold_never_better(standing):
    order = ["accept", "test", "refuse", "quarantine"]

    def rank(**other):
        facts = {name: getattr(standing, name) for name in rules.Standing.__dataclass_fields__} | other
        return order.index(rules.advice(rules.checks(rules.Standing(**facts))))

    assert rank(tested=True) <= rank(tested=None)
    assert rank(held=True) >= rank(held=False)


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)))
def test_records_are_kept_for_six_months_at_least(day):
    until = rules.keep_until(day)
    assert (until.year * 12 + until.month) - (day.year * 12 + day.month) == 6
    assert until.day == day.day or (until + timedelta(days=1)).day == 1


def test_what_cannot_be_printed_is_no_code():
    assert rules.split_codes("a\x00b HG1") == ["HG1"]


def test_codes_are_taken_apart_as_they_were_pasted():
    assert rules.split_codes("HG1\nHG2， HG1;20261120-01\t") == ["HG1", "HG2", "20261120-01"]
    assert rules.split_codes(" \n ") == []


@pytest.mark.django_db
class TestDeciding:
    def test_a_certificate_that_stands_lets_goods_in_and_the_journal_tells(self):
        here = town()
        lot, paper = certified(here)
        made = decide(here, paper.number, brought=rules.Brought(truck="渝f12345", mass_g=1000))
        assert (made.lot, made.commitment, made.advice, made.alarm) == (lot, paper, "accept", False)
        assert made.truck == "渝F12345"
        assert made.keep_until == date(2027, 5, 20)
        event = Event.objects.order_by("-pk").first()
        assert event.body["bizStep"] == "receiving"
        assert event.body["disposition"] == "in_progress"
        assert event.body["quantityList"][0]["quantity"] == 1

    def test_every_kind_of_code_leads_to_the_lot(self):
        shop = open_shop()
        pack = shop.packs[0]
        codes = [
            shop.lot.code, shop.lot.epc, pack.epc, pack.crate, f"https://example.org{pack_path(pack, shop.lot)}",
            shop.lot.commitments.get().number,
        ]  # fmt: skip
        shown = queries.present(codes, shop.town.market, AT)
        assert [each.lot for each in shown] == [shop.lot] * len(codes)
        made = decide(shop.town, pack.crate)
        assert made.epc == pack.crate
        assert Event.objects.order_by("-pk").first().body["epcList"]

    def test_revoked_held_and_unsafe_goods_are_not_let_in_but_refused_or_set_apart(self):
        here = town()
        lot, paper = certified(here)
        revoke_commitment(by=here.grower, at=AT, commitment=paper, reason="示例")
        assert advice_on(here, paper.number) == "refuse"
        with pytest.raises(EntryNotAllowed):
            decide(here, paper.number)
        assert not GateEntry.objects.exists()
        with pytest.raises(Invalid, match="原因"):
            decide(here, paper.number, "refuse")
        assert decide(here, paper.number, "refuse", reason="合格证作废").decision == "refuse"
        assert Event.objects.order_by("-pk").first().body["disposition"] == "non_sellable_other"
        place_hold(by=here.inspector, at=AT, lot=lot, reason="复检")
        assert advice_on(here, lot.code) == "quarantine"

    def test_what_was_harvested_too_early_is_set_apart_whatever_its_papers_say(self):
        here = town()
        _lot, paper = certified(here)
        record_work(
            by=here.grower, at=AT, plot=here.plot, kind="protect", on=ON - timedelta(days=2), input_name="示例药", dose="1",
            interval_days=7,
        )  # fmt: skip
        assert advice_on(here, paper.number) == "quarantine"

    def test_goods_without_certificate_come_in_on_a_passed_test_with_the_vendors_name(self):
        here = town()
        with pytest.raises(EntryNotAllowed, match="检测"):
            decide(here, "示例外来青椒", brought=rules.Brought(vendor_name="示例·李四"))
        with pytest.raises(EntryNotAllowed):
            decide(here, "示例外来青椒", brought=rules.Brought(vendor_name="示例·李四"), test={**GOOD, "value": "51"})
        with pytest.raises(Invalid, match="送来"):
            decide(here, "示例外来青椒", test=GOOD)
        said = rules.Brought(goods="青椒", vendor_name="示例·李四", vendor_phone="13800000099", origin="示例县")
        made = decide(here, "示例外来青椒", brought=said, test=GOOD)
        assert made.test["passed"] == "True"
        assert Vendor.objects.get().phone == "13800000099"
        assert made.vendor == Vendor.objects.get()
        assert not QuickTest.objects.exists()

    def test_a_test_at_the_gate_is_the_lots_and_a_failed_one_holds_it(self):
        here = town()
        lot = here.lot()
        assert advice_on(here, lot.code) == "test"
        decide(here, lot.code, "refuse", reason="检测不合格", test={**GOOD, "value": "80"})
        assert QuickTest.objects.get().lot == lot
        lot.refresh_from_db()
        assert lot.on_hold

    def test_a_line_sent_twice_is_one_and_a_key_is_for_one_line(self):
        here = town()
        _lot, paper = certified(here)
        first = decide(here, paper.number, key="k")
        assert decide(here, paper.number, key="k") == first
        with pytest.raises(KeyReused):
            decide(here, paper.number, "refuse", reason="x", key="k")
        assert GateEntry.objects.count() == 1

    def test_what_was_let_in_without_network_against_the_rules_is_recorded_and_raises_an_alarm(self):
        here = town()
        lot, paper = certified(here)
        place_hold(by=here.inspector, at=AT, lot=lot, reason="复检")
        made = decide(here, paper.number, offline=True, decided_at=AT - timedelta(hours=2))
        assert made.alarm
        assert queries.alarms_of(here.keeper).get() == made
        decide(here, paper.number, "quarantine", reason="找回", at=AT + timedelta(minutes=5))
        assert not queries.alarms_of(here.keeper).exists()

    @pytest.mark.parametrize("hours", [-24 * 8, 1])
    def test_an_instant_that_cannot_be_is_refused(self, hours):
        here = town()
        _lot, paper = certified(here)
        with pytest.raises(Invalid, match="时间"):
            decide(here, paper.number, offline=True, decided_at=AT + timedelta(hours=hours))

    @pytest.mark.parametrize(
        "facts",
        [
            {"code": " "}, {"code": "x" * 201}, {"code": "a\x00b"}, {"decision": "maybe"}, {"test": {**GOOD, "value": "NaN"}},
            {"test": {**GOOD, "value": "x"}}, {"test": {**GOOD, "instrument": ""}}, {"brought": rules.Brought(mass_g=0)},
            {"brought": rules.Brought(truck="x" * 21)},
        ],
    )  # fmt: skip
    def test_what_cannot_be_is_refused(self, facts):
        here = town()
        _lot, paper = certified(here)
        with pytest.raises(Invalid):
            decide(here, **{"code": paper.number, **facts})

    def test_only_the_markets_own_keeper_decides_and_others_see_nothing(self):
        here = town()
        _lot, paper = certified(here)
        made = decide(here, paper.number)
        with pytest.raises(Absent):
            decide_entry(by=factories.actor(Role.MARKET_KEEPER), at=AT, code=paper.number, decision="accept")
        elsewhere = factories.actor(Role.MARKET_KEEPER, site=factories.site("wholesale_market", "示例批发市场"))
        assert not GateEntry.objects.visible_to(elsewhere).exists()
        assert not GateEntry.objects.visible_to(here.stranger).exists()
        for sees in (here.keeper, here.grower, here.inspector):
            assert GateEntry.objects.visible_to(sees).get() == made


@pytest.mark.django_db
class TestPages:
    @pytest.fixture(autouse=True)
    def _now(self, monkeypatch):
        monkeypatch.setattr("tiantou.kernel.clock.now", lambda: AT)

    def test_a_line_that_may_not_come_in_is_shown_again_and_the_others_are_written(self):
        here = town()
        _lot, good = certified(here)
        lot = here.lot()
        page = Browser(here.keeper).post(
            "/gate/", do="decide", codes=f"{good.number} {lot.code}", **{"0-decision": "accept", "1-decision": "accept"}, expect=409
        )  # fmt: skip
        assert GateEntry.objects.get().commitment == good
        assert "不能放行" in page.content.decode()
        assert good.number not in page.content.decode().split("data-gate-decide")[1].split("</form>")[0]

    def sync(self, here, *lines, person=None):
        keeper = Browser(here.keeper)
        body = {"person": person or here.keeper.person_id, "lines": lines}
        answer = keeper._ask(
            "post", "/gate/sync/", (200, 400, 409), data=json.dumps(body), content_type="application/json"
        )
        return answer.status_code, json.loads(answer.content)

    def test_the_phones_list_and_what_it_sends_home_once(self):
        here = town()
        lot, paper = certified(here)
        listed = json.loads(Browser(here.keeper).get("/gate/list/"))
        assert listed["standing"] == {paper.number: lot.code}
        assert listed["csrf"]
        line = {"key": "k1", "code": paper.number, "decision": "accept", "decided_at": "2026-11-19T23:00:00.000Z"}
        status, said = self.sync(here, line, {"key": "k2", "code": "x", "decision": "refuse", "decided_at": "nonsense"})
        assert status == 200
        assert [result["state"] for result in said["results"]] == ["recorded", "refused"]
        again = self.sync(here, line)[1]["results"][0]
        assert again["number"] == said["results"][0]["number"]
        assert GateEntry.objects.get().decided_at == datetime(2026, 11, 19, 23, tzinfo=UTC)

    def test_another_persons_lines_are_not_taken_as_ones_own(self):
        here = town()
        assert self.sync(here, person=999_999)[0] == 409
        assert not GateEntry.objects.exists()

    @pytest.mark.parametrize("body", ["", "[]", "{}", '{"lines": 3, "person": 1}', '{"lines": [1, null], "person": 1}'])
    def test_nonsense_is_answered_and_not_written(self, body):
        here = town()
        answer = Browser(here.keeper)._ask(
            "post", "/gate/sync/", (200, 400, 409), data=body, content_type="application/json"
        )
        assert answer.status_code in {400, 409}
        assert not GateEntry.objects.exists()

    def test_officers_take_the_ledger_away_without_formulas(self):
        here = town()
        decide(here, "=HYPERLINK(1)", "refuse", reason="@x")
        officer = Browser(factories.actor(Role.DISTRICT_OFFICER, area_code="500236"))
        assert "示例草堂田头市场" in officer.get("/gate/entries/")
        rows = list(load_workbook(io.BytesIO(officer.raw("/gate/entries/export/").content)).active.values)
        assert rows[1][3] == "'=HYPERLINK(1)"
        assert rows[1][11] == "'@x"


@pytest.mark.django_db
def test_a_lorry_in_one_go_with_one_verdict_and_one_decision_a_line(monkeypatch):
    monkeypatch.setattr("tiantou.kernel.clock.now", lambda: AT)
    here = town()
    _lot, good = certified(here)
    _lot, bad = certified(here)
    revoke_commitment(by=here.grower, at=AT, commitment=bad, reason="示例")
    keeper = Browser(here.keeper)
    page = keeper.post("/gate/", do="check", codes=f"{good.number}\n{bad.number}", expect=200).content.decode()
    assert "可以放行" in page
    assert "应拒收" in page
    answer = {
        "do": "decide", "codes": f"{good.number}\n{bad.number}", "truck": "渝F1", "0-decision": "accept", "0-key": "a",
        "1-decision": "refuse", "1-reason": "合格证作废", "1-key": "b",
    }  # fmt: skip
    keeper.post("/gate/", **answer)
    keeper.post("/gate/", **answer)
    assert sorted(GateEntry.objects.values_list("decision", "truck")) == [("accept", "渝F1"), ("refuse", "渝F1")]
    made = GateEntry.objects.first()
    assert made.code in keeper.get("/gate/entries/")
    assert "保存到" in keeper.get(f"/gate/entries/{made.pk}/")
    Browser(here.stranger).get(f"/gate/entries/{made.pk}/", expect=404)


@pytest.mark.django_db
def test_the_api_takes_a_lorry_line_by_line_and_each_line_once(monkeypatch):
    monkeypatch.setattr("tiantou.kernel.clock.now", lambda: AT)
    here = town()
    _lot, paper = certified(here)
    keeper = Browser(here.keeper)
    lines = [
        {"key": "a", "code": paper.number, "decision": "accept", "truck": "渝F1"},
        {"key": "b", "code": "示例外来", "decision": "accept"},
        {"key": "c", "code": "示例外来", "decision": "accept", "vendor_name": "示例·李四", "test": GOOD},
    ]
    first = keeper.api("/api/v1/gate/entries", lines)
    assert [line["state"] for line in first] == ["recorded", "refused", "recorded"]
    assert first[1]["problem"]["status"] == 422
    assert keeper.api("/api/v1/gate/entries", lines)[0]["entry"]["number"] == first[0]["entry"]["number"]
    assert len(keeper.api("/api/v1/gate/entries")) == 2
    assert keeper.api(f"/api/v1/gate/check?codes={paper.number}")[0]["advice"] == "accept"
    assert Browser(here.stranger).api("/api/v1/gate/entries") == []
