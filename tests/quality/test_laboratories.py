"""A sample's way to a signed report, corrections, files of instruments, and what a failure stops."""

import base64
import io
import json
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from openpyxl import Workbook, load_workbook

from tests import factories
from tests.production.cast import AT, town
from tests.production.web import Browser
from tiantou.kernel import jcs
from tiantou.kernel.actor import STRANGER, Role
from tiantou.kernel.errors import Absent, Conflict, Invalid
from tiantou.production.services import lift_hold
from tiantou.quality.models import Report, ReportLine, Sample
from tiantou.quality.queries import laboratories as queries
from tiantou.quality.queries import passed_test
from tiantou.quality.queries.exits import exit_permission
from tiantou.quality.services import (
    Measured,
    NotAccredited,
    WrongStep,
    check_results,
    correct_report,
    file_report,
    import_results,
    issue_commitment,
    receive_sample,
    send_sample,
    take_sample,
)

pytestmark = pytest.mark.django_db
GOOD = [Measured("毒死蜱", "0.012"), Measured("吡虫啉", "<0.01"), Measured("示例无限量", "3")]
BAD = [Measured("毒死蜱", "1.2"), Measured("吡虫啉", "ND")]


class Bench:
    """The town with an accredited laboratory and its analyst."""

    def __init__(self, **facts):
        self.here = town()
        data = {"cma": "示例CMA-0001", "cma_ends": "2030-01-01", **facts}
        self.party = factories.party("laboratory", "示例检验检测中心", data=data)
        self.analyst = factories.actor(Role.LABORATORY, party=self.party)
        self.lot = self.here.lot()

    def taken(self):
        return take_sample(by=self.here.inspector, at=AT, lot=self.lot, mass_g=3000)

    def received(self):
        sent = send_sample(by=self.here.inspector, at=AT, sample=self.taken(), laboratory=self.party)
        return receive_sample(by=self.analyst, at=AT, sample=sent, condition="封签完好")

    def report(self, lines=GOOD, sample=None, **facts):
        return file_report(
            **{"by": self.analyst, "at": AT, "sample": sample or self.received(), "method": "quantitative", "lines": lines, **facts}
        )  # fmt: skip


def test_a_sample_goes_its_way_and_no_step_is_left_out_or_done_twice():
    bench = Bench()
    sample = bench.taken()
    with pytest.raises(Absent):
        receive_sample(by=bench.analyst, at=AT, sample=sample, condition="x")
    sent = send_sample(by=bench.here.inspector, at=AT, sample=sample, laboratory=bench.party)
    with pytest.raises(WrongStep):
        send_sample(by=bench.here.inspector, at=AT, sample=sent, laboratory=bench.party)
    with pytest.raises(WrongStep):
        bench.report(sample=sent)
    received = receive_sample(by=bench.analyst, at=AT, sample=sent, condition="封签完好")
    report = bench.report(sample=received)
    assert report.number == "BG" + sample.number.removeprefix("CY")
    assert Sample.objects.get().state == "reported"
    with pytest.raises(WrongStep):
        bench.report(sample=Sample.objects.get())


def test_verdicts_follow_from_limits_with_their_source():
    bench = Bench()
    report = bench.report()
    lines = {line.substance: line for line in report.lines.all()}
    assert report.passed
    assert lines["毒死蜱"].outcome == "pass"
    assert "GB 2763-2021" in lines["毒死蜱"].limit_source
    assert lines["示例无限量"].outcome == "no_limit"
    assert passed_test(bench.lot) == report


def test_a_failed_report_holds_the_lot_and_a_corrected_one_does_not_free_it():
    bench = Bench()
    issue_commitment(by=bench.here.grower, at=AT, lot=bench.lot, basis="质量安全控制符合要求")
    report = bench.report(BAD)
    bench.lot.refresh_from_db()
    assert bench.lot.on_hold
    assert report.number in bench.lot.hold_reason
    finding = exit_permission(bench.lot, AT).of("failed")[0]
    assert finding.about == ("report-quantitative", report.pk)
    new = correct_report(
        by=bench.analyst, at=AT + timedelta(hours=1), report=report, lines=GOOD, reason="示例：样品编号看错"
    )
    assert (new.version, new.corrects, new.number) == (2, report, report.number + "-V2")
    bench.lot.refresh_from_db()
    assert bench.lot.on_hold
    lift_hold(by=bench.here.inspector, at=AT, lot=bench.lot, reason="更正报告合格")
    assert exit_permission(bench.lot, AT).allowed
    assert Report.objects.count() == 2
    assert list(Report.objects.current()) == [new]
    with pytest.raises(Conflict, match="更正过"):
        correct_report(by=bench.analyst, at=AT, report=report, lines=GOOD, reason="x")
    with pytest.raises(Invalid, match="原因"):
        correct_report(by=bench.analyst, at=AT, report=new, lines=GOOD, reason=" ")


def test_a_signature_holds_for_what_was_signed_and_for_nothing_else():
    report = Bench().report()
    assert queries.genuine(report)
    report.payload["passed"] = False
    assert not queries.genuine(report)
    report.refresh_from_db()
    report.signature = base64.b64encode(bytes(64)).decode()
    assert not queries.genuine(report)
    other = factories.party("laboratory", "示例另一家")
    report.refresh_from_db()
    report.laboratory = other
    assert not queries.genuine(report)


def test_another_program_verifies_with_what_the_public_page_gives():
    report = Bench().report()
    signed = json.loads(Browser(STRANGER).get(f"/reports/{report.number}/signed.json"))
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(signed["publicKey"]))
    key.verify(base64.b64decode(signed["signature"]), jcs.canonical(signed["payload"]))
    signed["payload"]["results"][0]["reading"] = "0.001"
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(signed["signature"]), jcs.canonical(signed["payload"]))
    assert "示例laboratory" not in json.dumps(signed, ensure_ascii=False)


@pytest.mark.parametrize("facts", [{"cma": ""}, {"cma_ends": "2026-11-19"}])
def test_only_a_laboratory_whose_accreditation_stands_is_sent_samples(facts):
    bench = Bench(**facts)
    with pytest.raises(NotAccredited):
        send_sample(by=bench.here.inspector, at=AT, sample=bench.taken(), laboratory=bench.party)
    with pytest.raises(NotAccredited):
        send_sample(by=bench.here.inspector, at=AT, sample=Sample.objects.get(), laboratory=bench.here.coop)


@pytest.mark.parametrize(
    "lines",
    [
        [], [Measured("", "1")], [Measured("毒死蜱", "abc")], [Measured("毒死蜱", "1"), Measured("毒死蜱", "2")],
        [Measured("毒死蜱", "1", unit="")], [Measured("毒死蜱", "-1")], [Measured("x" * 61, "1")],
    ],
)  # fmt: skip
def test_results_that_cannot_be_are_refused_and_nothing_is_written(lines):
    bench = Bench()
    with pytest.raises(Invalid):
        bench.report(lines)
    assert not ReportLine.objects.exists()
    assert Sample.objects.get().state == "received"


def test_another_laboratory_and_strangers_find_no_such_sample():
    bench = Bench()
    sample = bench.received()
    other = factories.actor(Role.LABORATORY, party=factories.party("laboratory", "示例另一家", data={"cma": "示例"}))
    with pytest.raises(Absent):
        bench.report(sample=sample, by=other)
    report = bench.report(sample=sample)
    for stranger in (other, bench.here.stranger):
        assert not Sample.objects.visible_to(stranger).exists()
        assert not Report.objects.visible_to(stranger).exists()
        with pytest.raises(Absent):
            correct_report(
                by=factories.actor(Role.LABORATORY, party=bench.here.coop), at=AT, report=report, lines=GOOD, reason="x"
            )
    for sees in (bench.analyst, bench.here.inspector, bench.here.grower):
        assert Report.objects.visible_to(sees).get() == report


def chroma(*rows):
    head = "SampleID;Compound;Result;Units;LOD;Acquired;Instrument"
    return "\n".join(["Report;示例", head, *rows]).encode("gb18030")


def test_a_file_is_looked_at_taken_once_and_changes_nothing_the_second_time():
    bench = Bench()
    sample = bench.received()
    content = chroma(
        f"{sample.number};Chlorpyrifos;0,012;mg/kg;0,005;20.11.2026 09:05:00;B-1",
        f"{sample.number};Pb;<LOD;mg/kg;0,01;20.11.2026 09:06:00;B-1",
    )
    looked = check_results(bench.analyst, AT, "chromatograph_b", content)
    assert (looked.rows, len(looked.ready), looked.problems) == (2, 1, [])
    assert not Report.objects.exists()
    made = import_results(by=bench.analyst, at=AT, profile="chromatograph_b", content=content)
    report = made.reports[0]
    assert report.passed
    assert set(report.lines.values_list("substance", "reading")) == {("毒死蜱", "0,012"), ("铅", "<LOD")}
    assert report.lines.get(substance="毒死蜱").value.normalize() == report.lines.get(substance="毒死蜱").value
    again = import_results(by=bench.analyst, at=AT, profile="chromatograph_b", content=content)
    assert (again.reports, again.known) == ([], 1)
    assert Report.objects.count() == 1
    changed = content.replace(b"0,012", b"0,013")
    with pytest.raises(Invalid, match="更正"):
        import_results(by=bench.analyst, at=AT, profile="chromatograph_b", content=changed)


def test_every_fault_of_a_file_names_row_field_reason_and_remedy_and_nothing_is_saved():
    bench = Bench()
    good, other = bench.received(), bench.taken()
    content = chroma(
        f"{good.number};Chlorpyrifos;0,012;mg/kg;;20.11.2026 09:05:00;B",
        "CY20990101-0001;Pb;1;mg/kg;;20.11.2026 09:05:00;B",
        f"{good.number};Pb;viel;mg/kg;;20.11.2026 09:05:00;B",
        f"{good.number};Cd;1;mg/kg;;yesterday;B",
        f"{other.number};Cd;1;mg/kg;;20.11.2026 09:05:00;B",
    )
    with pytest.raises(Invalid) as refused:
        import_results(by=bench.analyst, at=AT, profile="chromatograph_b", content=content)
    faults = {(problem.row, problem.field) for problem in refused.value.problems}
    assert faults == {(4, "SampleID"), (5, "Result"), (6, "Acquired"), (7, "SampleID")}
    assert all(problem.reason and problem.remedy for problem in refused.value.problems)
    assert not Report.objects.exists()


def test_the_excel_template_comes_back_filled_in():
    bench = Bench()
    sample = bench.received()
    book = load_workbook(io.BytesIO(Browser(bench.analyst).raw("/laboratory/template/").content))
    page = book.active
    assert page.cell(2, 1).value == sample.number
    page.cell(2, 2).value, page.cell(2, 3).value = "毒死蜱", 0.02
    out = io.BytesIO()
    book.save(out)
    made = import_results(by=bench.analyst, at=AT, profile="sheet", content=out.getvalue())
    assert made.reports[0].lines.get().outcome == "pass"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no book", b"\xff\xfe\x00", b"a;b\n1;2", b"\x00" * 50])
def test_what_is_no_file_of_results_is_refused(content):
    bench = Bench()
    with pytest.raises(Invalid):
        check_results(bench.analyst, AT, "chromatograph_b", content)


def test_the_exported_results_hold_no_formula(monkeypatch):
    monkeypatch.setattr("tiantou.kernel.clock.now", lambda: AT)
    bench = Bench()
    bench.report([Measured("=cmd()", "1")])
    officer = Browser(factories.actor(Role.CITY_OFFICER))
    rows = list(load_workbook(io.BytesIO(officer.raw("/samples/export/").content)).active.values)
    assert rows[1][7] == "'=cmd()"


def test_a_workbook_that_unpacks_too_far_is_refused():
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (101 * 1024 * 1024))
    bench = Bench()
    with pytest.raises(Invalid):
        check_results(bench.analyst, AT, "sheet", out.getvalue())


def test_from_the_slip_to_the_printed_report_on_pages(monkeypatch):
    monkeypatch.setattr("tiantou.kernel.clock.now", lambda: AT)
    bench = Bench()
    inspector, analyst = Browser(bench.here.inspector), Browser(bench.analyst)
    assert f'href="/lots/{bench.lot.pk}/sample/"' in inspector.get(f"/lots/{bench.lot.pk}/")
    url = inspector.post(f"/lots/{bench.lot.pk}/sample/", mass_kg="3", purpose="supervision", key="a").url
    inspector.post(url, do="send", laboratory=bench.party.pk)
    assert "收下样品" in analyst.get(url)
    analyst.post(url, do="receive", condition="封签完好")
    refused = analyst.post(
        url, do="report", method="quantitative", substance="毒死蜱", reading="abc", unit="mg/kg", lod="", expect=422
    )
    assert 'value="abc"' in refused.content.decode()
    analyst.post(
        url, do="report", method="quantitative", substance="毒死蜱", reading="1.2", unit="mg/kg", lod="", key="r"
    )
    report = Report.objects.get()
    page = Browser(STRANGER).get(f"/reports/{report.number}/")
    assert "签名是真的" in page
    assert "不合格" in page
    assert "GB 2763-2021" in page
    assert "示例laboratory" not in page
    assert analyst.raw(f"/reports/{report.number}/report.pdf").content.startswith(b"%PDF")
    Browser(bench.here.stranger).get(f"/reports/{report.number}/report.pdf", expect=404)
    new = analyst.post(
        f"/reports/{report.number}/correct/",
        substance="毒死蜱",
        reading="0.2",
        unit="mg/kg",
        lod="",
        reason="示例",
        key="c",
    ).url
    assert "已被更正" in Browser(STRANGER).get(f"/reports/{report.number}/")
    assert report.number in analyst.get(new)
    console = inspector.get("/samples/")
    assert report.number in console
    Browser(STRANGER).get("/reports/BG0/", expect=404)


def test_an_import_page_shows_what_is_wrong_and_takes_what_is_right(monkeypatch):
    monkeypatch.setattr("tiantou.kernel.clock.now", lambda: AT)
    bench = Bench()
    sample = bench.received()
    analyst = Browser(bench.analyst)

    def upload(reading, do, expect):
        file = io.BytesIO(chroma(f"{sample.number};Pb;{reading};mg/kg;;20.11.2026 09:05:00;B"))
        file.name = "b.csv"
        return analyst.post("/laboratory/import/", profile="chromatograph_b", file=file, do=do, expect=expect)

    assert "结果看不懂" in upload("viel", "check", 200).content.decode()
    assert "可以出 1 份报告" in upload("0,01", "check", 200).content.decode()
    upload("0,01", "take", 303)
    assert Report.objects.get().lines.get().substance == "铅"


def test_the_api_reports_and_anybody_reads():
    bench = Bench()
    sample = bench.received()
    analyst = Browser(bench.analyst)
    body = {"method": "quantitative", "lines": [{"substance": "毒死蜱", "reading": "0.01"}]}
    made = analyst.api(f"/api/v1/laboratory/samples/{sample.number}/report", body, key="k")
    assert made["passed"]
    assert analyst.api(f"/api/v1/laboratory/samples/{sample.number}/report", body, key="k")["number"] == made["number"]
    assert Browser(STRANGER).api(f"/api/v1/laboratory/reports/{made['number']}")["genuine"]
    assert Browser(STRANGER).api("/api/v1/laboratory/limits?substance=毒死蜱")[0]["source"]
    assert analyst.api("/api/v1/laboratory/samples")[0]["report"] == made["number"]


def test_a_workbook_of_another_shape_says_what_is_missing():
    book = Workbook()
    book.active.append(["a", "b"])
    out = io.BytesIO()
    book.save(out)
    bench = Bench()
    with pytest.raises(Invalid, match="样品编号"):
        check_results(bench.analyst, AT, "sheet", out.getvalue())


def test_the_api_looks_at_a_file_before_it_takes_it():
    bench = Bench()
    sample = bench.received()
    analyst = Browser(bench.analyst)

    def send(reading, **facts):
        file = io.BytesIO(chroma(f"{sample.number};Pb;{reading};mg/kg;;20.11.2026 09:05:00;B"))
        file.name = "b.csv"
        return analyst.post(
            "/api/v1/laboratory/import", profile="chromatograph_b", file=file, expect=(200, 422), **facts
        ).json()

    assert send("viel")["problems"][0]["row"] == 3
    assert send("0,01")["ready"] == [sample.number]
    assert not Report.objects.exists()
    assert send("0,01", dry_run="false")["reports"] == [Report.objects.get().number]
    assert send("0,01", dry_run="false") == {"ready": [], "known": 1, "reports": [], "problems": []}
    assert send("0,02", dry_run="false")["code"] == "invalid"


def test_a_report_of_many_lines_is_corrected_whole():
    bench = Bench()
    report = bench.report([Measured(f"示例{n}", "1") for n in range(30)])
    page = Browser(bench.analyst).get(f"/reports/{report.number}/correct/")
    assert all(f'value="示例{n}"' in page for n in range(30))
