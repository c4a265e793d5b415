"""The register's pages, as different people see them."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import AT, actor, party, product, site, village
from tests.registry.test_records import coop, officer, register, uscc
from tiantou.kernel.actor import STRANGER, Role
from tiantou.kernel.search import tokens
from tiantou.registry.kinds import kinds
from tiantou.registry.models import Batch, Certificate, Party, Status

pytestmark = pytest.mark.django_db
LIST = "/register/party/cooperative/"


def named(name, **fields):
    return party(name=name, tokens=tokens(name), **fields)


def text(response):
    return response.content.decode()


def test_every_kind_has_a_list_a_form_and_a_template(visit):
    village()
    client = visit(actor(Role.CITY_OFFICER))
    assert client.get("/register/").status_code == 200
    for each in kinds():
        for tail in ("", "new/", "import/"):
            response = client.get(f"/register/{each.register}/{each.name}/{tail}")
            assert response.status_code == 200, (each.name, tail, text(response)[:2000])
            assert text(response).count("<h1") == 1
        if each.order % 20 == 0:
            assert client.get(f"/register/{each.register}/{each.name}/template/").status_code == 200


def test_an_unknown_kind_is_not_found(visit):
    assert visit().get("/register/party/dragon/").status_code == 404
    assert visit().get("/register/dragon/dragon/").status_code == 404


@pytest.mark.parametrize("q", ["脐橙", "qicheng", "fjqc", "qich", "奉节 脐橙", "FENGJIE"])
def test_the_list_is_searched_in_words_pinyin_and_initials(visit, q):
    named("示例奉节脐橙合作社")
    named("示例涪陵榨菜合作社")
    found = text(visit().get(LIST, {"q": q}))
    assert "示例奉节脐橙合作社" in found
    assert "涪陵" not in found


def test_strangers_see_confirmed_records_and_masked_people_everywhere(visit):
    named("示例草稿社", status=Status.DRAFT)
    person = named("张三丰", kind="large_grower", natural_person=True, data={"phone": "13800001234"})
    client = visit()
    assert "示例草稿社" not in text(client.get(LIST))
    pages = [
        client.get("/register/party/large_grower/"), client.get(person.get_absolute_url()), client.get("/register/", {"q": "张三丰"}),
        client.get("/register/party/large_grower/", {"q": "三丰"}), client.get("/register/party/large_grower/export/csv/"),
        client.get("/api/v1/register/party/large_grower"), client.get(f"/api/v1/register/party/large_grower/{person.code}"),
    ]  # fmt: skip
    for page in pages:
        assert page.status_code == 200
        assert "13800001234" not in text(page)
        assert "三丰" not in text(page).replace('value="三丰"', "").replace('value="张三丰"', "").replace(
            "查“张三丰”", ""
        )
    assert "张*" in text(pages[0])
    assert "张三丰" in text(visit(officer()).get("/register/party/large_grower/"))


def test_another_partys_draft_answers_like_an_absent_one(visit):
    draft = named("示例草稿社", status=Status.DRAFT)
    stranger, neighbour = visit(), actor(Role.FARMER, party=party(name="示例邻居"))
    assert stranger.get(draft.get_absolute_url()).status_code == 404
    client = visit(neighbour)
    assert client.get(draft.get_absolute_url()).status_code == 404
    assert client.get(draft.get_absolute_url() + "edit/").status_code == 404
    assert client.get("/register/party/cooperative/999999/").status_code == 404


def test_a_form_keeps_what_was_typed_and_says_what_is_wrong(visit):
    client = visit(officer())
    response = client.post(LIST + "new/", coop(code="91500236MA0000000X", members="许多"))
    assert response.status_code == 422
    assert "许多" in text(response)
    assert "校验位" in text(response)
    assert not Party.objects.exists()


def test_a_record_is_registered_confirmed_amended_and_closed_on_its_pages(visit):
    client = visit(officer())
    assert client.post(LIST + "new/", coop(members="12", key="k1")).status_code == 303
    record = Party.objects.get()
    url = record.get_absolute_url()
    assert client.post(url + "confirm/").status_code == 409
    assert client.post(url + "confirm/", {"papers": ["licence"]}).status_code == 303
    page = text(client.get(url + "edit/"))
    assert 'value="12"' in page
    assert client.post(url + "edit/", coop(members="13", version="2")).status_code == 303
    assert client.post(url + "edit/", coop(members="14", version="2")).status_code == 409
    assert "12 → 13" in text(client.get(url))
    assert client.get(url, {"print": "1"}).status_code == 200
    assert client.post(url + "close/", {"reason": "不干了"}).status_code == 303
    record.refresh_from_db()
    assert record.status == Status.CLOSED


def test_an_identity_number_is_never_sent_back(visit):
    client = visit(officer())
    response = client.post(
        "/register/party/grower/new/", {"name": "", "identity": "11010519491231002X", "area": village().code}
    )
    assert response.status_code == 422
    assert "11010519491231002" not in text(response)


def test_a_list_shows_any_number_of_rows_with_the_same_number_of_queries(visit):
    client = visit()
    counts = []
    for n in (3, 40):
        for number in range(n):
            named(f"示例{n}-{number}", holder=None)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LIST).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 8


def test_filters_and_districts_stand_in_the_address_and_the_export_shows_the_same(visit):
    named("示例甲社", data={"level": "municipal"})
    named("示例乙社", data={"level": "national"})
    client = visit()
    asked = {"level": "municipal", "district": "500236"}
    page = text(client.get(LIST, asked))
    assert "示例甲社" in page
    assert "示例乙社" not in page
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(LIST + "export/xlsx/", asked).content)).active
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == ["示例甲社"]
    assert "奉节" in text(client.get(LIST))


@pytest.mark.parametrize(
    "asked",
    [{"page": "x"}, {"page": "999"}, {"sort": "'"}, {"on": "never"}, {"district": "%"}, {"q": "'\";--"}, {"q": "\0"}],
)
def test_an_odd_address_is_answered_and_not_with_a_fault(visit, asked):
    assert visit().get(LIST, asked).status_code == 200


def test_the_import_wizard_goes_from_upload_to_undo(visit):
    village()
    client = visit(officer())
    body = f"统一社会信用代码,名称,所在地\n{uscc(1)},示例一社,500236115200\n{uscc(2)},示例二社,火星".encode()
    response = client.post(LIST + "import/", {"sheet": SimpleUploadedFile("甲.csv", body)})
    assert response.status_code == 303
    url = response["Location"]
    page = text(client.get(url))
    assert "火星" in page
    assert "只登记没有问题的 1 行" in page
    assert client.post(url, {"accept": "all"}).status_code == 409
    assert client.post(url, {"accept": "good"}).status_code == 303
    assert client.get(url + "marked/").content[:2] == b"PK"
    assert client.post(url + "undo/").status_code == 303
    assert not Party.objects.living().exists()
    assert visit(officer()).get(url).status_code == 404


def test_a_file_that_cannot_be_read_is_refused_on_the_page(visit):
    response = visit(officer()).post(LIST + "import/", {"sheet": SimpleUploadedFile("甲.xlsx", b"nonsense")})
    assert response.status_code == 422
    assert "另存为" in text(response)
    assert not Batch.objects.exists()


def test_a_long_sheet_is_checked_by_the_worker(visit):
    from procrastinate.contrib.django.models import ProcrastinateJob

    from tiantou.registry.tasks import check, take

    village()
    client = visit(officer())
    lines = "\n".join(f"{uscc(n)},示例{n}社,500236115200" for n in range(2001))
    body = f"统一社会信用代码,名称,所在地\n{lines}".encode()
    url = client.post(LIST + "import/", {"sheet": SimpleUploadedFile("甲.csv", body)})["Location"]
    assert "正在处理" in text(client.get(url))
    job = ProcrastinateJob.objects.filter(task_name="registry.check_batch").latest("id")
    check(**job.args)
    assert "登记全部" in text(client.get(url))
    client.post(url, {"accept": "all"})
    take(batch_id=Batch.objects.get().pk, accept="all")
    assert Party.objects.count() == 2001


def test_the_certificate_check_says_valid_expired_or_unknown(visit):
    holder = party(name="示例持证社")
    common = {"kind": "green_food", "area": village(), "holder": holder, "updated_at": AT, "status": Status.CONFIRMED}
    Certificate.objects.create(code="LB-1", name="示例甲", starts="2025-01-01", ends="2099-01-01", **common)
    Certificate.objects.create(code="LB-2", name="示例乙", starts="2010-01-01", ends="2013-01-01", **common)
    Certificate.objects.create(code="LB-3", name="示例丙", **{**common, "status": Status.DRAFT})
    client = visit()
    words = {"lb-1": "有效", "LB-2": "已经过期", "LB-3": "登记簿里没有这个号码", "LB-9": "登记簿里没有这个号码"}
    for number, word in words.items():
        assert word in text(client.get("/check/certificate/", {"q": number}))


def test_wrong_roles_and_strangers_do_not_reach_the_forms(visit):
    assert visit(STRANGER).get(LIST + "new/").status_code == 302
    assert visit(actor(Role.AUDITOR)).get(LIST + "new/").status_code == 403
    assert visit(actor(Role.BUYER)).get(LIST + "import/").status_code == 403


def test_the_pages_are_english_for_who_wants_english(visit):
    client = visit()
    site(), product()
    response = client.get(LIST, headers={"Accept-Language": "en"})
    assert "Farmers&#x27; co-operative" in text(response)
    assert register.__name__ == "register"
