"""A certificate as a W3C Verifiable Credential 2.0: what follows from its row, its context and its schema."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from tiantou.kernel import clock
from tiantou.kernel.labels import label
from tiantou.kernel.units import show_kg
from tiantou.production.queries import scan_path
from tiantou.quality import queries, rules
from tiantou.quality.credentials import dids, keys, proofs, status
from tiantou.quality.models import Commitment, QuickTest
from tiantou.ui.words import masked_phone

TYPE = "CommitmentCertificate"
MEDIA_TYPE, JWT_TYPE = "application/vc", "application/vc+jwt"
#: Terms of our context that are plain text.
_TEXTS = (
    "certificateNumber", "template", "style", "product", "origin", "lot", "promise", "basis", "basisCode", "issuedOn",
    "keepUntil", "testedItem", "testedOn", "measured", "limitValue", "unitText", "decimalValue", "unitCode",
)  # fmt: skip
#: Codes of the grounds, so that a program need not read Chinese.
BASIS_CODES = {
    "质量安全控制符合要求": "control", "自行检测合格": "own-test", "委托检测合格": "commissioned-test",
    "自我承诺": "self-commitment", "内部质量控制": "internal-control", "自我检测": "own-test", "自检合格": "own-test",
    "委托检测": "commissioned-test",
}  # fmt: skip


def credential(commitment: Commitment, *, whole: bool = False) -> dict[str, Any]:
    """The credential without a proof; with `whole` a natural person's name and the phone stand in full.

    It follows from the row and what lay below it at the time of issue: asked for again, it is the same.
    """
    template = queries.template_of(commitment)
    issuer = commitment.issuer
    named = commitment.issuer_name
    if issuer.natural_person and not whole:
        named = f"{named[:1]}*"
    did = dids.of_code(issuer.code)
    keep = rules.keep_until(template, commitment.issued_on)
    subject: dict[str, Any] = {
        "id": f"{settings.BASE_URL}{scan_path(commitment.lot)}",
        "type": "FarmProductLot",
        "certificateNumber": commitment.number,
        "template": template.id,
        "style": commitment.style,
        "product": commitment.product_name,
        "quantity": {
            "type": "Mass",
            "decimalValue": show_kg(commitment.quantity_g).replace(",", ""),
            "unitCode": "KGM",
        },
        "origin": commitment.origin,
        "lot": commitment.lot.code,
        "promise": template.promise.get(commitment.style, template.promise["producer"]),
        "basis": commitment.basis,
        "issuedOn": commitment.issued_on.isoformat(),
        "keepUntil": keep.isoformat(),
    }
    if commitment.basis in BASIS_CODES:
        subject["basisCode"] = BASIS_CODES[commitment.basis]
    if commitment.contact:
        subject["telephone"] = commitment.contact if whole else masked_phone(commitment.contact)
    if parents := [_parent(source) for source in commitment.sources.order_by("number")]:
        subject["restsOn"] = parents
    made: dict[str, Any] = {
        "@context": ["https://www.w3.org/ns/credentials/v2", address("context")],
        "id": credential_address(commitment.number),
        "type": ["VerifiableCredential", TYPE],
        "name": label(template.title, "zh"),
        "issuer": {"id": did, "name": named},
        "validFrom": _instant(commitment.issued_at),
        "validUntil": _instant(datetime.combine(keep + timedelta(days=1), time(), clock.ZONE)),
        "credentialSubject": subject,
        "credentialSchema": {"id": address("schema"), "type": "JsonSchema"},
        "credentialStatus": status.entries(commitment),
    }
    if evidence := [_test(test) for test in _tests_before(commitment)]:
        made["evidence"] = evidence
    return made


def secured(commitment: Commitment, *, whole: bool = False) -> dict[str, Any]:
    """The credential with its Data Integrity proof."""
    generation = keys.signing_at(commitment.issued_at)
    did = dids.of_code(commitment.issuer.code)
    return proofs.secured(
        credential(commitment, whole=whole),
        generation.key_of(did),
        method=dids.method_id(did, generation),
        created=_instant(commitment.issued_at),
    )


def as_jwt(commitment: Commitment, *, whole: bool = False, algorithm: str = proofs.ALGORITHMS[0]) -> str:
    """The credential enveloped as a compact JWS."""
    generation = keys.signing_at(commitment.issued_at)
    did = dids.of_code(commitment.issuer.code)
    kid = dids.jose_id(did, generation)
    return proofs.jws(credential(commitment, whole=whole), generation.key_of(did), kid=kid, algorithm=algorithm)


def address(name: str) -> str:
    """Where the context or the schema is published."""
    return f"{settings.BASE_URL}{reverse(f'quality:credential_{name}')}"


def credential_address(number: str) -> str:
    """Where a credential is: its identifier."""
    return f"{settings.BASE_URL}{reverse('quality:credential', args=[number])}"


def context() -> dict[str, Any]:
    """Our JSON-LD context: every term is defined and protected, none falls back to a vocabulary."""
    base = address("context")
    terms: dict[str, Any] = {
        "@protected": True,
        "id": "@id",
        "type": "@type",
        TYPE: f"{base}#{TYPE}",
        "FarmProductLot": f"{base}#FarmProductLot",
        "Mass": f"{base}#Mass",
        "RapidTest": f"{base}#RapidTest",
        "telephone": "https://schema.org/telephone",
        "quantity": {"@id": f"{base}#quantity", "@type": "@id"},
        "restsOn": {"@id": f"{base}#restsOn", "@type": "@id", "@container": "@set"},
    }
    return {"@context": terms | {name: f"{base}#{name}" for name in _TEXTS}}


def schema() -> dict[str, Any]:
    """The JSON Schema that every credential of ours satisfies."""
    text = {"type": "string", "minLength": 1}
    day = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
    needed = [
        "id", "type", "certificateNumber", "template", "style", "product", "quantity", "origin", "lot", "promise", "basis",
        "issuedOn", "keepUntil",
    ]  # fmt: skip
    subject = {
        "type": "object",
        "required": needed,
        "properties": {
            **dict.fromkeys(
                ("template", "product", "origin", "lot", "promise", "basis", "basisCode", "telephone"), text
            ),
            "certificateNumber": {"type": "string", "pattern": "^HG[0-9]{14,}$"},
            "style": {"enum": ["producer", "buyer"]},
            "issuedOn": day,
            "keepUntil": day,
            "quantity": {
                "type": "object",
                "required": ["decimalValue", "unitCode"],
                "properties": {
                    "decimalValue": {"type": "string", "pattern": r"^[0-9]+(\.[0-9]{1,3})?$"},
                    "unitCode": {"const": "KGM"},
                },
            },
            "restsOn": {"type": "array", "items": {"type": "object", "required": ["certificateNumber"]}},
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address("schema"),
        "title": "承诺达标合格证",
        "type": "object",
        "required": ["@context", "id", "type", "issuer", "validFrom", "credentialSubject", "credentialStatus"],
        "properties": {
            "type": {"type": "array", "contains": {"const": TYPE}},
            "issuer": {
                "type": "object",
                "required": ["id", "name"],
                "properties": {"id": {"type": "string", "pattern": "^did:web:"}, "name": text},
            },
            "credentialSubject": subject,
        },
    }


def _parent(source: Commitment) -> dict[str, str]:
    return {"id": credential_address(source.number), "type": TYPE, "certificateNumber": source.number}


def _tests_before(commitment: Commitment) -> list[QuickTest]:
    """The tests of the lot on which the promise can rest: those that were passed when it was given."""
    found = QuickTest.objects.filter(lot_id=commitment.lot_id, passed=True, tested_at__lte=commitment.issued_at)
    return list(found.order_by("tested_at", "pk"))


def _test(test: QuickTest) -> dict[str, Any]:
    return {
        "type": "RapidTest",
        "testedItem": test.item,
        "testedOn": clock.local_date(test.tested_at).isoformat(),
        "measured": f"{test.value.normalize():f}",
        "limitValue": f"{test.limit.normalize():f}",
        "unitText": test.unit,
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
