"""Certificates as verifiable credentials: W3C's vectors, our own documents, keys that change, lists of what no longer stands."""

import gzip
import io
import json
from datetime import UTC, datetime, timedelta

import jsonschema_rs
import pytest
import segno
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.production.cast import AT, town
from tests.production.web import Browser
from tests.shared import shared
from tiantou.kernel import jcs
from tiantou.kernel.actor import STRANGER
from tiantou.kernel.errors import Invalid
from tiantou.production.services import place_hold
from tiantou.quality import scanning
from tiantou.quality.credentials import dids, documents, keys, proofs, status, verifying
from tiantou.quality.credentials.verifying import Verdict
from tiantou.quality.services import issue_commitment, reissue_commitment, revoke_commitment

BASIS = "质量安全控制符合要求"
LATER = AT + timedelta(days=1)


@pytest.fixture(autouse=True)
def _own_keys(settings, tmp_path):
    settings.DATA = tmp_path
    status._secret.cache_clear()
    yield
    status._secret.cache_clear()


def issued(here, **facts):
    return issue_commitment(by=here.grower, at=AT, lot=here.lot(), basis=BASIS, **facts)


def w3c(name):
    return (shared("conformance/vc/eddsa-jcs-2022") / name).read_text().strip()


# -- signatures


def test_the_vectors_of_w3c_are_met_to_the_letter():
    signed = jcs.parse(w3c("signedJCS.json"))
    options = jcs.parse(w3c("proofConfigJCS.json"))
    bare = {name: value for name, value in signed.items() if name != "proof"}
    assert jcs.canonical(bare).decode() == w3c("canonDocJCS.txt")
    assert jcs.canonical(options).decode() == w3c("proofCanonJCS.txt")
    data = proofs.hash_data(bare, options)
    assert data.hex() == w3c("combinedHashJCS.txt") == w3c("proofHashJCS.txt") + w3c("docHashJCS.txt")
    assert "z" + proofs.base58(bytes.fromhex(w3c("sigHexJCS.txt"))) == w3c("sigBTC58JCS.txt")
    assert proofs.check(signed, proofs.did_key) == bare


def test_a_vector_changed_in_any_place_fails():
    signed = jcs.parse(w3c("signedJCS.json"))
    for path in ("name", "validFrom", "issuer"):
        with pytest.raises(proofs.Altered):
            proofs.check({**signed, path: signed[path] + "x"}, proofs.did_key)
    for name, value in (("created", "2024-01-01T00:00:00Z"), ("expires", "2099-01-01T00:00:00Z")):
        with pytest.raises(proofs.Altered):
            proofs.check({**signed, "proof": {**signed["proof"], name: value}}, proofs.did_key)
    with pytest.raises(proofs.Altered):
        proofs.check({**signed, "@context": signed["@context"][:1]}, proofs.did_key)


@given(st.binary(max_size=80))
def test_base58_is_undone(data):
    assert proofs.unbase58(proofs.base58(data)) == data


KEY = Ed25519PrivateKey.from_private_bytes(b"1" * 32)
OWN = "did:key:" + proofs.multikey(KEY.public_key())
METHOD = f"{OWN}#{OWN.removeprefix('did:key:')}"
facts = st.dictionaries(st.text(max_size=8), st.text(max_size=8) | st.integers(-9, 9) | st.booleans(), max_size=4)


@given(facts, facts)
def test_a_signature_holds_for_its_document_and_for_no_other(one, other):
    context = ["https://www.w3.org/ns/credentials/v2"]
    signed = proofs.secured({"@context": context, "s": one}, KEY, method=METHOD, created="2026-11-24T00:00:00Z")
    assert proofs.check(json.loads(json.dumps(signed)), proofs.did_key)["s"] == one
    if jcs.canonical(one) != jcs.canonical(other):
        with pytest.raises(proofs.Altered):
            proofs.check({**signed, "s": other}, proofs.did_key)


@pytest.mark.parametrize(
    "proof",
    [
        None,
        [],
        "x",
        {},
        {"cryptosuite": "eddsa-rdfc-2022"},
        {"proofPurpose": "authentication"},
        {"previousProof": "urn:x"},
        {"proofValue": 7},
        {"proofValue": "z0OIl"},
        {"proofValue": "z" + "1" * 5000},
        {"verificationMethod": "did:example:1#k"},
        {"verificationMethod": "did:key:z6Mk#other"},
    ],
)
def test_what_is_no_proof_of_ours_is_unverifiable(proof):
    signed = proofs.secured({"@context": ["x"]}, KEY, method=METHOD, created="2026-11-24T00:00:00Z")
    with pytest.raises(proofs.Unverifiable):
        proofs.check(
            {**signed, "proof": {**signed["proof"], **proof} if isinstance(proof, dict) and proof else proof},
            proofs.did_key,
        )


@pytest.mark.parametrize("algorithm", proofs.ALGORITHMS)
def test_a_jws_holds_until_a_letter_is_changed(algorithm):
    made = proofs.jws({"a": "中"}, KEY, kid=METHOD, algorithm=algorithm)
    assert proofs.check_jws(made, proofs.did_key) == ({"a": "中"}, METHOD)
    head, body, tail = made.split(".")
    forged = proofs.base64url(jcs.canonical({"a": "国"}))
    with pytest.raises(proofs.Altered):
        proofs.check_jws(f"{head}.{forged}.{tail}", proofs.did_key)
    for header in ({"alg": "none"}, {"alg": "HS256", "kid": METHOD}, {"alg": "EdDSA", "kid": METHOD, "crit": ["x"]}):
        with pytest.raises(proofs.Unverifiable):
            proofs.check_jws(f"{proofs.base64url(jcs.canonical(header))}.{body}.{tail}", proofs.did_key)


# -- keys


def test_seeds_are_made_once_and_only_the_owner_reads_them():
    first = keys.generations()
    assert keys.generations() == first
    (path,) = keys.folder().glob("*.json")
    assert path.stat().st_mode & 0o777 == 0o600
    assert keys.folder().stat().st_mode & 0o777 == 0o700
    assert first[0].key_of("did:web:a").private_bytes_raw() != first[0].key_of("did:web:b").private_bytes_raw()


@pytest.mark.django_db
def test_after_a_change_of_keys_the_old_ones_still_verify_and_sign_what_is_old():
    made = issued(town())
    before = documents.secured(made)
    keys.rotate(LATER)
    assert documents.secured(made) == before
    assert verifying.judge(json.dumps(before), LATER).verdict is Verdict.GENUINE
    published = dids.document(dids.of_code(made.issuer.code))["assertionMethod"]
    assert [name.partition("#")[2] for name in published] == ["key-2", "jwk-2", "key-1", "jwk-1"]
    assert keys.signing_at(LATER).number == 2


@pytest.mark.django_db
def test_a_leaked_key_verifies_nothing_and_what_it_signed_is_signed_anew():
    made = issued(town())
    before = documents.secured(made)
    keys.rotate(LATER, leaked=True)
    assert verifying.judge(json.dumps(before), LATER).verdict is Verdict.UNKNOWN
    after = documents.secured(made)
    assert after["proof"]["verificationMethod"].endswith("#key-2")
    assert verifying.judge(json.dumps(after), LATER).verdict is Verdict.GENUINE


# -- documents


@pytest.mark.django_db
def test_a_credential_follows_from_its_row_and_satisfies_its_schema():
    here = town()
    old = issued(here, contact="13800001234")
    made = reissue_commitment(by=here.grower, at=AT, commitment=old, basis=BASIS, quantity_g=400_500)
    document = documents.secured(made)
    assert documents.secured(made) == document
    assert jsonschema_rs.is_valid(documents.schema(), document)
    subject = document["credentialSubject"]
    assert subject["quantity"] == {"type": "Mass", "decimalValue": "400.5", "unitCode": "KGM"}
    assert subject["restsOn"][0]["certificateNumber"] == old.number
    assert document["issuer"]["id"] == f"did:web:localhost%3A8000:issuers:{here.coop.code}"
    assert document["@context"][0] == "https://www.w3.org/ns/credentials/v2"


@pytest.mark.django_db
def test_the_schema_sees_what_is_missing():
    document = documents.credential(issued(town()))
    for name in ("certificateNumber", "basis", "promise", "origin"):
        subject = {key: value for key, value in document["credentialSubject"].items() if key != name}
        assert not jsonschema_rs.is_valid(documents.schema(), {**document, "credentialSubject": subject})


@pytest.mark.django_db
def test_every_term_that_is_used_is_defined_in_a_context():
    here = town()
    old = issued(here, contact="13800001234")
    document = documents.credential(reissue_commitment(by=here.grower, at=AT, commitment=old, basis=BASIS))
    ours = documents.context()["@context"]

    def terms(value):
        if isinstance(value, dict):
            for name, inner in value.items():
                yield name
                yield from terms(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from terms(inner)

    assert set(terms(document["credentialSubject"])) - ours.keys() == set()
    assert not {"@vocab", "@base"} & ours.keys()


@pytest.mark.django_db
def test_the_public_sees_neither_a_persons_name_nor_a_phone():
    here = town(kind="grower", name="赵示例", natural_person=True)
    made = issued(here, contact="13800001234")
    public = Browser(STRANGER).get(f"/c/{made.number}/credential?as=vc")
    assert "赵示例" not in public
    assert "13800001234" not in public
    whole = Browser(here.grower).get(f"/certificates/{made.pk}/credential")
    assert "赵示例" in whole
    assert "13800001234" in whole
    Browser(here.stranger).get(f"/certificates/{made.pk}/credential", expect=404)


# -- status


@given(st.sets(st.integers(0, status.SIZE - 1), max_size=50))
def test_places_are_a_permutation(numbers):
    places = {status.place_of(number) for number in numbers}
    assert len(places) == len(numbers)
    assert all(0 <= place < status.SIZE for place in places)


@given(st.sets(st.integers(0, status.SIZE - 1), max_size=20))
def test_a_list_says_exactly_what_was_put_in(places):
    bits = gzip.decompress(proofs.unbase64url(status.encoded(places)[1:]))
    assert len(bits) * 8 >= 131_072
    assert {8 * at + bit for at, byte in enumerate(bits) for bit in range(8) if byte >> (7 - bit) & 1} == places


def bit_of(document, purpose):
    entry = next(each for each in document["credentialStatus"] if each["statusPurpose"] == purpose)
    path = "/" + entry["statusListCredential"].split("/", 3)[3]
    found = json.loads(Browser(STRANGER).get(path))
    assert proofs.check(found, dids.key_of)["issuer"] == document["issuer"]["id"]
    bits = gzip.decompress(proofs.unbase64url(found["credentialSubject"]["encodedList"][1:]))
    index = int(entry["statusListIndex"])
    return bits[index >> 3] >> (7 - index % 8) & 1


@pytest.mark.django_db
def test_revoking_replacing_and_holding_turn_their_bits_and_no_other():
    here = town()
    one, two, three = issued(here), issued(here), issued(here)
    papers = {each: documents.secured(each) for each in (one, two, three)}
    assert [bit_of(paper, "revocation") for paper in papers.values()] == [0, 0, 0]
    revoke_commitment(by=here.grower, at=AT, commitment=one, reason="写错了")
    reissue_commitment(by=here.grower, at=AT, commitment=two, basis=BASIS)
    place_hold(by=here.inspector, at=AT, lot=three.lot, reason="复检")
    assert [bit_of(paper, "revocation") for paper in papers.values()] == [1, 1, 0]
    assert [bit_of(paper, "suspension") for paper in papers.values()] == [0, 0, 1]


# -- what a stranger shows


def verdict(text, at=LATER):
    return verifying.judge(text if isinstance(text, str) else json.dumps(text), at).verdict


@pytest.mark.django_db
def test_each_verdict_is_reached():
    here = town()
    one, two, three = issued(here), issued(here), issued(here)
    paper, jwt = documents.secured(one), documents.as_jwt(one)
    assert verdict(paper) is verdict(jwt) is Verdict.GENUINE
    enveloped = {"type": "EnvelopedVerifiableCredential", "id": f"data:application/vc+jwt,{jwt}"}
    assert verdict(enveloped) is Verdict.GENUINE
    paper["credentialSubject"]["quantity"]["decimalValue"] = "5000"
    assert verdict(paper) is Verdict.ALTERED
    revoke_commitment(by=here.grower, at=AT, commitment=one, reason="写错了")
    assert verdict(jwt) is Verdict.REVOKED
    old = documents.secured(two)
    reissue_commitment(by=here.grower, at=AT, commitment=two, basis=BASIS)
    assert verdict(old) is Verdict.REPLACED
    paper = documents.secured(three)
    assert verdict(paper, AT - timedelta(days=1)) is Verdict.NOT_YET
    assert verdict(paper, datetime(2027, 5, 20, 15, 59, tzinfo=UTC)) is Verdict.GENUINE
    assert verdict(paper, datetime(2027, 5, 20, 16, 1, tzinfo=UTC)) is Verdict.EXPIRED
    place_hold(by=here.inspector, at=AT, lot=three.lot, reason="复检")
    assert verdict(paper) is Verdict.HELD


@pytest.mark.django_db
def test_one_issuer_cannot_speak_for_another():
    made = issued(town())
    document = documents.credential(made)
    forged = proofs.secured(document, KEY, method=METHOD, created="2026-11-24T00:00:00Z")
    assert verdict(forged) is Verdict.ALTERED
    own = proofs.secured({**document, "issuer": OWN}, KEY, method=METHOD, created="2026-11-24T00:00:00Z")
    assert verdict(own) is Verdict.STRANGER
    platform = keys.generations()[0]
    did = dids.platform()
    cross = proofs.secured(
        document, platform.key_of(did), method=dids.method_id(did, platform), created="2026-11-24T00:00:00Z"
    )
    assert verdict(cross) is Verdict.ALTERED


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", Verdict.UNREADABLE),
        ("你好", Verdict.UNREADABLE),
        ("{", Verdict.UNREADABLE),
        ('{"a":1,"a":2}', Verdict.UNREADABLE),
        ("{" * 5000, Verdict.UNREADABLE),
        ("{}", Verdict.UNKNOWN),
        ('{"type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,a.b"}', Verdict.UNREADABLE),
        ("e30.e30.AA", Verdict.UNKNOWN),
        ("x" * (verifying.MOST_BYTES + 1), Verdict.UNREADABLE),
    ],
)
def test_what_is_no_credential_is_said_to_be_none(text, said):
    assert verdict(text) is said


@pytest.mark.django_db
def test_an_issuer_elsewhere_is_not_asked():
    made = issued(town())
    document = documents.secured(made)
    for method in ("did:web:example.org#key-1", f"{dids.platform()}:issuers:nobody#key-1"):
        assert verdict({**document, "proof": {**document["proof"], "verificationMethod": method}}) is Verdict.UNKNOWN


# -- pages


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/vc", "application/vc"),
        ("application/vc+jwt", "application/vc+jwt"),
        ("application/ld+json", "application/ld+json"),
        ("application/json", "application/json"),
        ("*/*", "application/vc"),
        ("image/png", None),
    ],
)
def test_the_credential_is_given_as_it_is_asked_for(client, accept, kind):
    made = issued(town())
    answer = client.get(f"/c/{made.number}/credential", headers={"accept": accept})
    assert answer["Access-Control-Allow-Origin"] == "*"
    if kind is None:
        assert answer.status_code == 406
        return
    assert answer["Content-Type"] == kind
    assert "Accept" in answer["Vary"]
    assert verdict(answer.content.decode()) is Verdict.GENUINE
    again = client.get(f"/c/{made.number}/credential", headers={"accept": accept, "if-none-match": answer["ETag"]})
    assert again.status_code == 304


@pytest.mark.django_db
def test_a_browser_is_sent_to_the_page_for_people(client):
    made = issued(town())
    answer = client.get(f"/c/{made.number}/credential", headers={"accept": "text/html,*/*;q=0.8"})
    assert answer["Location"] == f"/c/{made.number}/"


@pytest.mark.django_db
def test_names_and_keys_are_published_for_issuers_and_for_nobody_else():
    made = issued(here := town())
    public = Browser(STRANGER)
    document = public.api(f"/issuers/{here.coop.code}/did.json")
    assert document["id"] == dids.of_code(here.coop.code)
    key = document["verificationMethod"][0]["publicKeyMultibase"]
    assert proofs.from_multikey(key) == dids.key_of(document["assertionMethod"][0])
    assert public.api("/.well-known/did.json")["id"] == document["controller"]
    public.get(f"/issuers/{here.market.holder.code}/did.json", expect=404)
    public.get("/issuers/nobody/status/revocation/0", expect=404)
    public.get(f"/issuers/{made.issuer.code}/status/other/0", expect=404)
    assert public.api("/credentials/v1")["@context"]["@protected"] is True
    assert public.api("/credentials/schema/v1.json")["$id"].endswith("/credentials/schema/v1.json")


@pytest.mark.django_db
def test_anybody_verifies_on_the_page():
    made = issued(town())
    public = Browser(STRANGER)
    paper = json.dumps(documents.secured(made), ensure_ascii=False)
    assert "真的，有效" in public.post("/verify/", text=paper, expect=200).content.decode()
    altered = public.post("/verify/", text=paper.replace("奉节脐橙", "别处脐橙"), expect=200).content.decode()
    assert "被改过" in altered
    assert public.post("/verify/", text=made.number).url == f"/c/{made.number}/"
    assert "还没有填" in public.post("/verify/", text="", expect=422).content.decode()


@pytest.mark.django_db
def test_a_photograph_of_the_code_is_enough():
    made = issued(town())
    out = io.BytesIO()
    segno.make(f"http://localhost:8000/c/{made.number}/", error="m").save(out, kind="png", scale=5, border=4)
    photo = SimpleUploadedFile("code.png", out.getvalue())
    assert Browser(STRANGER).post("/verify/", file=photo).url == f"/c/{made.number}/"


@pytest.mark.parametrize("content", [b"\xff\xd8\xff broken", b"\x89PNG\r\n\x1a\n", b"\xfe\xff\xfe"])
def test_a_file_that_shows_nothing_is_refused(content):
    with pytest.raises(Invalid):
        scanning.text_of(content)


def test_a_photograph_without_a_code_is_refused():
    out = io.BytesIO()
    Image.new("RGB", (200, 200), "white").save(out, "PNG")
    with pytest.raises(Invalid, match="没有看清"):
        scanning.text_of(out.getvalue())
