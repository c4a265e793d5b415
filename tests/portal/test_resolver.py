"""The resolver against the list of what a GS1-conformant resolver shall do, one test each, and what else it promises."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

import hypothesis
import jsonschema
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests import factories
from tests.market.chain import open_shop
from tests.production.cast import AT
from tests.shared import shared
from tiantou.fieldmarket.queries import pack_path
from tiantou.gs1 import application_identifiers as table
from tiantou.gs1 import compression, digital_link
from tiantou.gs1.identifiers import check_digit
from tiantou.gs1.identifiers import digital_link as link_of
from tiantou.production.queries import scan_path
from tiantou.quality.services import revoke_commitment
from tiantou.registry.models import Certificate, Product, Site

pytestmark = pytest.mark.django_db

VOC = "https://ref.gs1.org/voc/"
PROGRAM = {"Accept": "*/*"}
LINKSET = {"Accept": "application/linkset+json"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def ask(client: Client):
    def asked(path: str, headers: dict[str, str] = PROGRAM, **query: str):
        return client.get(path, query, headers=headers)

    return asked


def product_path(shop):
    return scan_path(shop.lot).partition("/10/")[0]


def links(answer):
    return json.loads(answer.content)["linkset"]


def test_all_key_qualifiers_of_all_primary_keys_are_supported(ask):
    """For primary keys that have key qualifiers, all key qualifiers SHALL be supported."""
    samples = {
        "22": "V",
        "10": "L",
        "21": "S",
        "235": "T",
        "254": "E",
        "7040": "1ABC",
        "8011": "7",
        "8019": "7",
        "8020": "R",
    }
    for row in table.table().values():
        for line in row.paths if row.key else ():
            value = value_of(row.ai)
            path = "".join(f"/{ai}/{samples[ai]}" for ai in line)
            assert ask(f"/id/{row.ai}/{value}{path}").status_code == 404, (row.ai, line)


def value_of(ai):
    digits = {"00": 18, "01": 14, "402": 17, "8017": 18, "8018": 18}.get(ai, 13)
    body = f"09521234{'0' * 20}"[: digits - 1] if ai in {"00", "01"} else f"9521234{'0' * 20}"[: digits - 1]
    number = body + check_digit(body)
    longer = {"8003": f"0{number}", "8006": f"0{number}", "401": "9521234X", "8004": "9521234X", "8010": "9521234X"}
    if ai == "8006":
        gtin = "0952123400000"
        return f"{gtin}{check_digit(gtin)}0102"
    if ai == "8013":
        return "9521234X" + table.checks.check_pair("9521234X")
    return longer.get(ai, number)


def test_get_head_and_options_are_answered(client, shop):
    """SHALL support HTTP 1.1 (or higher) GET, HEAD and OPTIONS requests."""
    path = scan_path(shop.lot)
    assert client.get(path, headers=PROGRAM).status_code == 307
    head = client.head(path, headers=PROGRAM)
    assert (head.status_code, head.content) == (307, b"")
    options = client.options(path)
    assert (options.status_code, options["Allow"]) == (204, "GET, HEAD, OPTIONS")
    assert 'rel="linkset"' in options["Link"]
    assert client.post(path).status_code == 405


def test_pages_of_other_sites_may_read_it(client, shop):
    """SHALL support CORS."""
    path = scan_path(shop.lot)
    answers = [
        client.get(path, headers=PROGRAM), client.get(path, headers=LINKSET), client.get(path), client.options(path),
        client.get("/id/01/1"), client.get("/.well-known/gs1resolver"),
    ]  # fmt: skip
    assert {answer["Access-Control-Allow-Origin"] for answer in answers} == {"*"}
    assert "Link" in answers[0]["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    "path",
    [
        "/id/01/09521234000014", "/id/01/x", "/id/01/09521234000013/21/S/10/L", "/id/99/A", "/id/gtin/09521234000013",
        "/id/01/09521234000013?17=261399", "/id/01/09521234000013?10=L", "/id/01/09521234000013/10/脐橙", "/id/x",
        "/id/stem/01/09521234000013", "/id/01/09521234000013/10/L/foo", "/id/" + "a/" * 40,
    ],
)  # fmt: skip
def test_what_is_no_digital_link_is_a_bad_request(client, path):
    """SHALL extract and syntactically validate the URI and report errors with an HTTP response code of 400."""
    program, person = client.get(path, headers=PROGRAM), client.get(path, headers=BROWSER)
    assert (program.status_code, person.status_code) == (400, 400)
    assert program["Content-Type"] == "application/problem+json"
    assert program.json()["title"]
    assert "没有这个码的记录" in person.content.decode()


def test_a_known_link_with_rubbish_behind_it_is_a_bad_request(ask, shop):
    assert ask(f"{scan_path(shop.lot)}/foo").status_code == 400


def test_an_error_is_never_a_200(ask, shop):
    """SHALL NOT use a 200 OK response code with a resource that indicates an error condition."""
    for path in ("/id/01/1", "/id/414/9521234000020", f"{product_path(shop)}/10/nothing"):
        for headers in (BROWSER, LINKSET, {"Accept": "application/json"}):
            answer = ask(path, headers)
            assert answer.status_code != 200 or b"linkset" in answer.content


def packed(path, **kwargs):
    link = digital_link.parse(f"https://host{path}")
    return compression.compress(link, **kwargs).removeprefix("https://host")


def test_a_compressed_link_resolves_without_a_detour_and_names_the_whole_one(ask, shop):
    """SHALL decompress; SHOULD NOT redirect to the uncompressed URI here; SHALL expose it as owl:sameAs."""
    path = pack_path(shop.packs[0], shop.lot)
    for short in (packed(path), packed(path, keep_key=True), packed(path, sequences=False)):
        assert short != path
        page = ask(f"{short}/", BROWSER)
        assert page.status_code == 200
        assert shop.lot.code in page.content.decode()
        assert f'<{settings.BASE_URL}{path}>; rel="owl:sameAs"' in page["Link"]
        program = ask(short)
        assert program["Location"] == ask(path)["Location"]
        assert f'<{settings.BASE_URL}{path}>; rel="owl:sameAs"' in program["Link"]
        assert links(ask(short, LINKSET))[0]["anchor"] == f"{settings.BASE_URL}{path}"


@pytest.mark.parametrize("asked", [{"linkType": "linkset"}, {"linkType": "all"}, {}])
def test_the_link_set_is_given_to_who_asks_for_it(ask, shop, asked):
    """SHALL respond to linkType=linkset and to Accept: application/linkset+json with the list of links, as per RFC 9264."""
    answer = ask(scan_path(shop.lot), BROWSER if asked else LINKSET, **asked)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/linkset+json"
    assert {f"{VOC}traceability", f"{VOC}certificationInfo", f"{VOC}hasRetailers"} <= links(answer)[0].keys()


def test_the_link_set_is_as_gs1_wants_it(ask, shop):
    schema = json.loads(shared("conformance/gs1/gs1-linkset-schema.json").read_text(encoding="utf-8"))
    # Its pattern for names of link relations also matches `anchor`, which it types as text a line above; relations are addresses here.
    strict = schema["properties"]["linkset"]["items"]
    strict["patternProperties"] = {r"^https?:\/\/[a-zA-z0-9./]+$": next(iter(strict["patternProperties"].values()))}
    check = jsonschema.Draft7Validator(schema)
    site = factories.site(code="9521234000020")
    for path in (
        pack_path(shop.packs[0], shop.lot),
        scan_path(shop.lot),
        product_path(shop),
        link_of(shop.packs[0].crate, "/id"),
        f"/id/414/{site.code}",
    ):
        answer = ask(path, LINKSET)
        assert answer.status_code == 200, path
        check.validate(json.loads(answer.content))
    with pytest.raises(jsonschema.ValidationError):
        check.validate({"linkset": [{"anchor": "x", "itemDescription": "", f"{VOC}pip": [{"href": "x"}]}]})


def test_links_of_every_level_up_to_the_key_are_in_the_set(ask, shop):
    """Any links associated with each level up to the primary key SHALL be included in the linkset."""
    path = pack_path(shop.packs[0], shop.lot)
    anchors = [urlsplit(each["anchor"]).path for each in links(ask(path, LINKSET))]
    assert anchors == [path, scan_path(shop.lot), product_path(shop)]


def test_every_link_has_target_type_and_title_and_says_its_language(ask, shop):
    """All links SHALL include the target URL, the link type and a title, and SHOULD include the language(s); media types are IANA's."""
    for each in links(ask(pack_path(shop.packs[0], shop.lot), LINKSET)):
        for relation, targets in each.items():
            if relation in {"anchor", "itemDescription"}:
                continue
            assert relation.startswith(VOC)
            for target in targets:
                assert target["href"].startswith(settings.BASE_URL)
                assert target["title"]
                assert target.get("type", "text/html") in {"text/html", "application/json", "application/vc"}
                assert target.get("hreflang", ["zh", "en"]) == ["zh", "en"]


def test_there_is_one_default_without_attributes_that_is_described_too(ask, shop):
    """Default links SHALL also be described by a descriptive type, and SHALL NOT have optional attributes; there SHALL be one."""
    for each in links(ask(pack_path(shop.packs[0], shop.lot), LINKSET)):
        (default,) = each[f"{VOC}defaultLink"]
        assert default.keys() == {"href", "title"}
        described = [
            t["href"] for name, ts in each.items() if name.startswith(VOC) and "default" not in name for t in ts
        ]
        assert default["href"] in described
        assert {t["href"] for t in each.get(f"{VOC}defaultLinkMulti", ())} <= set(described)


def test_the_link_set_points_to_its_context(ask, shop):
    """SHOULD include a Link header to a JSON-LD context, served as application/ld+json."""
    header = ask(scan_path(shop.lot), LINKSET)["Link"]
    assert 'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"' in header
    context = ask(urlsplit(header.rpartition("<")[2].partition(">")[0]).path)
    assert context["Content-Type"] == "application/ld+json"
    assert context.json()["@context"]["anchor"] == "@id"


def test_a_program_is_sent_to_the_default_and_told_of_the_set(ask, shop):
    """SHALL redirect to the default link; SHOULD expose the link to the linkset, even when redirecting."""
    path = scan_path(shop.lot)
    answer = ask(path)
    assert (answer.status_code, answer["Location"]) == (307, f"{settings.BASE_URL}/scan{path.removeprefix('/id')}/")
    assert (
        f'<{settings.BASE_URL}{path}?linkType=linkset>; rel="linkset"; type="application/linkset+json"'
        in answer["Link"]
    )
    page = ask(urlsplit(answer["Location"]).path)
    assert page.status_code == 200
    assert shop.lot.code in page.content.decode()


def test_what_the_request_says_can_make_a_better_match(ask, shop):
    answer = ask(scan_path(shop.lot), {"Accept": "application/json"})
    assert urlsplit(answer["Location"]).path == "/api/v1/scan/"
    data = ask("/api/v1/scan/", code=parse_qs(urlsplit(answer["Location"]).query)["code"][0]).json()
    assert data["lot"] == shop.lot.code


def test_whatever_stands_behind_a_known_key_there_is_a_default_further_up(ask, shop):
    """For any request URI, no matter how granular, there SHALL be a default link at the entry level or higher up the tree."""
    answer = ask(f"{product_path(shop)}/10/KL8G")
    assert answer.status_code == 307
    assert answer["Location"] == f"{settings.BASE_URL}{shop.lot.product.get_absolute_url()}"
    site = factories.site(code="9521234000020")
    assert ask(f"/id/414/{site.code}/254/KL8G")["Location"].endswith(site.get_absolute_url())


def test_a_person_is_told_that_nobody_knows_the_batch(ask, shop):
    answer = ask(f"{product_path(shop)}/10/KL8G", BROWSER)
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "商品有，这一批没有" in page
    assert shop.lot.product.get_absolute_url() in page


@pytest.mark.parametrize(
    "written", ["gs1:certificationInfo", f"{VOC}certificationInfo", "https://www.gs1.org/voc/certificationInfo"]
)
def test_a_program_is_sent_to_the_type_it_asks_for(ask, shop, written):
    """SHALL redirect to the requested type of link if available."""
    answer = ask(scan_path(shop.lot), linkType=written)
    assert answer.status_code == 307
    assert urlsplit(answer["Location"]).path.startswith("/c/HG")
    assert ask(urlsplit(answer["Location"]).path).status_code == 200


def test_a_type_is_looked_for_further_up(ask, shop):
    answer = ask(pack_path(shop.packs[0], shop.lot), linkType="gs1:pip")
    assert urlsplit(answer["Location"]).path == shop.lot.product.get_absolute_url()


@pytest.mark.parametrize("written", ["gs1:nosuchlt", "gs1:menuInfo", "schema:url", "x"])
def test_a_type_that_is_not_there_is_not_found(ask, shop, written):
    """SHALL return a 404 Not Found message if a link of the requested type is not available."""
    for headers in (PROGRAM, BROWSER):
        assert ask(scan_path(shop.lot), headers, linkType=written).status_code == 404


def test_a_revoked_certificate_is_no_link_any_more(ask, shop):
    paper = shop.lot.commitments.get()
    revoke_commitment(by=shop.town.grower, at=AT + timedelta(hours=1), commitment=paper, reason="示例：写错了")
    assert ask(scan_path(shop.lot), linkType="gs1:certificationInfo").status_code == 404


def test_what_stands_in_the_query_is_passed_on(ask, shop):
    """By default, SHALL pass on all key=value pairs in the query string of the request URI when redirecting."""
    answer = ask(scan_path(shop.lot), foo="bar", linkType="gs1:recallStatus")
    assert answer["Location"].endswith("/?foo=bar&linkType=gs1%3ArecallStatus")
    assert ask(f"{scan_path(shop.lot)}?99=x&a=%2F")["Location"].endswith("?99=x&a=%2F")


def test_several_links_alike_are_offered_for_choice(ask, shop):
    """300 Multiple Choices where it is impossible to determine which of several links of one type is the best match."""
    product = shop.lot.product
    for number in ("LS-952-1", "LS-952-2"):
        Certificate.objects.create(
            kind="green_food",
            code=number,
            name=f"示例{number}",
            product=product,
            status="confirmed",
            updated_at=timezone.now(),
        )
    answer = ask(product_path(shop), linkType="gs1:certificationInfo")
    assert answer.status_code == 300
    assert len(links(answer)[0][f"{VOC}certificationInfo"]) == 2


def test_the_description_file_says_what_is_supported(ask):
    """SHALL provide a description file at /.well-known/gs1resolver with the list of supported primary identifiers."""
    answer = ask("/.well-known/gs1resolver").json()
    assert answer["resolverRoot"] == f"{settings.BASE_URL}/id"
    assert set(answer["supportedPrimaryKeys"]) == {ai for ai, row in table.table().items() if row.key}
    assert {
        "01",
        "00",
        "414",
        "417",
        "8003",
        "8004",
        "8006",
        "8010",
        "8017",
        "8018",
        "253",
        "255",
        "401",
        "402",
        "8013",
    } <= set(answer["supportedPrimaryKeys"])


def test_a_trailing_slash_changes_nothing(ask, shop):
    """SHOULD tolerate trailing slashes at the end of GS1 Digital Link URIs."""
    for path in (scan_path(shop.lot), product_path(shop)):
        for headers in (PROGRAM, LINKSET, BROWSER):
            one, other = ask(path, headers), ask(f"{path}/", headers)
            assert (one.status_code, one.get("Location")) == (other.status_code, other.get("Location"))


def test_people_read_the_page_at_the_address_itself(ask, shop):
    for headers in (BROWSER, {}):
        answer = ask(pack_path(shop.packs[0], shop.lot), headers)
        assert answer.status_code == 200
        assert {"Accept", "Accept-Language"} <= set(answer["Vary"].split(", "))
    assert ask(product_path(shop), BROWSER)["Location"].endswith(shop.lot.product.get_absolute_url())


def test_who_wants_a_page_and_nothing_else_is_a_program(ask, shop):
    assert ask(scan_path(shop.lot), {"Accept": "text/html"}).status_code == 307


def test_the_certificate_is_there_for_people_and_for_machines(ask, shop):
    def where(media):
        answer = ask(scan_path(shop.lot), {"Accept": media}, linkType="gs1:certificationInfo")
        assert answer.status_code == 307
        return answer["Location"]

    assert "as=vc" in where("application/vc")
    assert "as=vc" not in where("text/html")
    machine = urlsplit(where("application/vc"))
    credential = ask(f"{machine.path}?{machine.query}")
    assert credential.status_code == 200
    assert credential["Content-Type"].startswith("application/vc")


SEGMENTS = st.lists(
    st.one_of(
        st.sampled_from(
            ["01", "00", "414", "10", "21", "22", "254", "8003", "09521234000013", "095212340000000013", "ARFRq4pxGg"]
        ),
        st.text(max_size=12),
    ),
    min_size=1,
    max_size=6,
)


@given(SEGMENTS, st.text("019&=?%+:;linkTypegs1pdf/", max_size=20), st.sampled_from([PROGRAM, BROWSER, LINKSET, {}]))
@hypothesis.settings(
    max_examples=80, deadline=None, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
def test_whatever_is_asked_is_answered_and_never_breaks(client, segments, query, headers):
    path = "/".join(quote(each, safe="") for each in segments)
    answer = client.get(f"/id/{path}?{query}", headers=headers)
    assert answer.status_code in {200, 300, 301, 307, 400, 404}


def test_titles_come_in_the_language_asked_for(ask, shop):
    def title(language):
        return links(ask(scan_path(shop.lot), LINKSET | {"Accept-Language": language}))[0][f"{VOC}support"][0]["title"]

    assert title("zh-CN,zh;q=0.9") == "投诉举报"
    assert title("en") not in {"", "投诉举报"}


def test_crates_places_and_short_gtins_resolve(ask, shop):
    crate = ask(link_of(shop.packs[0].crate, "/id"))
    assert urlsplit(crate["Location"]).path.startswith("/scan/00/")
    assert ask(urlsplit(crate["Location"]).path).status_code == 200
    gtin = product_path(shop).rpartition("/")[2]
    assert gtin.startswith("0")
    assert ask(f"/id/01/{gtin[1:]}")["Location"] == ask(f"/id/01/{gtin}")["Location"]


def test_a_slash_within_a_value_is_read_where_the_server_keeps_the_address(client, shop):
    site = factories.site(code="9521234000020")
    path = f"/id/414/{site.code}/254/32a"
    assert client.get(f"{path}/b", headers=PROGRAM).status_code == 400
    answer = client.get(f"{path}/b", headers=PROGRAM, RAW_URI=f"{path}%2Fb?x=1")
    assert answer["Location"].endswith(site.get_absolute_url())
    assert f"{path}%2Fb?linkType=linkset" in answer["Link"]


def test_what_the_public_may_not_see_is_not_linked(ask, shop):
    path = product_path(shop)
    Product.objects.filter(pk=shop.lot.product_id).update(status="draft")
    assert ask(path).status_code == 404
    site = factories.site(code="9521234000020")
    Site.objects.filter(pk=site.pk).update(status="draft")
    assert ask(f"/id/414/{site.code}").status_code == 404


def test_the_link_set_over_the_api(ask, shop):
    answer = ask("/api/v1/scan/links/", uri=f"https://t.example{scan_path(shop.lot)}")
    assert answer.json() == json.loads(ask(scan_path(shop.lot), LINKSET).content)
    assert ask("/api/v1/scan/links/", uri="https://t.example/id/01/1").status_code == 422
    assert ask("/api/v1/scan/links/", uri="https://t.example/id/00/095212340000000013").status_code == 404
