"""Judging what somebody hands in: is it genuine, does it still stand, was it altered. Nothing is fetched from anywhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from tiantou.kernel import jcs
from tiantou.quality import queries, rules
from tiantou.quality.credentials import dids, documents, proofs
from tiantou.quality.models import Commitment

MOST_BYTES = 256 * 1024
_ENVELOPE = f"data:{documents.JWT_TYPE},"


class Verdict(StrEnum):
    """What can be said of a credential."""

    GENUINE = "genuine"
    REVOKED = "revoked"
    REPLACED = "replaced"
    HELD = "held"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    ALTERED = "altered"
    #: The signature holds, but whose key it is nobody here can say (`did:key`, or a certificate that is not on record).
    STRANGER = "stranger"
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict, who signed, what is promised, and the certificate where it is one of ours."""

    verdict: Verdict
    signer: str = ""
    subject: dict[str, Any] = field(default_factory=dict)
    issuer_name: str = ""
    commitment: Commitment | None = None


def number_in(text: str) -> str | None:
    """The certificate number where nothing but a number or a check address was handed in."""
    bare = text.strip().removesuffix("/credential")
    return rules.normal_number(bare) if "{" not in bare and len(bare) <= 200 else None  # noqa: PLR2004 - an address


def judge(text: str, at: datetime) -> Finding:
    """What can be said of a credential: JSON with a Data Integrity proof, a compact `vc+jwt`, or one in an envelope."""
    text = text.strip().removeprefix("\ufeff")
    if not text or len(text) > MOST_BYTES:
        return Finding(Verdict.UNREADABLE)
    if not text.startswith("{"):
        return _judge_jwt(text.removeprefix(_ENVELOPE), at)
    try:
        document = jcs.parse(text)
    except jcs.NotCanonical:
        return Finding(Verdict.UNREADABLE)
    enveloped = document.get("id")
    if document.get("type") == "EnvelopedVerifiableCredential" and isinstance(enveloped, str):
        return _judge_jwt(enveloped.removeprefix(_ENVELOPE), at)
    return _judge_document(document, at)


def _judge_document(document: dict[str, Any], at: datetime) -> Finding:
    signers: list[str] = []

    def resolve(method: str) -> Any:
        signers.append(method.partition("#")[0])
        return dids.key_of(method)

    try:
        bare = proofs.check(document, resolve)
    except (proofs.Unverifiable, proofs.Altered, jcs.NotCanonical) as fault:
        return Finding(_bad(fault), signer=signers[-1] if signers else "")
    return _judge_content(bare, signers, at)


def _judge_jwt(text: str, at: datetime) -> Finding:
    if text.count(".") != 2 or any(letter.isspace() for letter in text):  # noqa: PLR2004 - header, payload, signature
        return Finding(Verdict.UNREADABLE)
    try:
        payload, kid = proofs.check_jws(text, dids.key_of)
    except (proofs.Unverifiable, proofs.Altered) as fault:
        return Finding(_bad(fault))
    return _judge_content(payload, [kid.partition("#")[0]], at)


def _bad(fault: Exception) -> Verdict:
    return Verdict.ALTERED if isinstance(fault, proofs.Altered) else Verdict.UNKNOWN


def _judge_content(document: dict[str, Any], signers: list[str], at: datetime) -> Finding:
    """The signature holds; does it come from the one named as issuer, and does what it says still stand?"""
    issuer = document.get("issuer")
    did, name = (issuer.get("id"), issuer.get("name")) if isinstance(issuer, dict) else (issuer, "")
    subject = document.get("credentialSubject")
    subject = subject if isinstance(subject, dict) else {}
    named = name if isinstance(name, str) else ""
    if not isinstance(did, str) or any(signer != did for signer in signers):
        return Finding(Verdict.ALTERED, signer=signers[0], subject=subject, issuer_name=named)
    found = _on_record(did, subject)
    standing = _standing(found) if found else Verdict.STRANGER
    lasting = {Verdict.REVOKED, Verdict.REPLACED}
    verdict = standing if standing in lasting else _within(document, at) or standing
    return Finding(verdict, did, subject, named, found)


def _on_record(did: str, subject: dict[str, Any]) -> Commitment | None:
    number = subject.get("certificateNumber")
    found = queries.by_number(number) if isinstance(number, str) else None
    return found if found is not None and dids.of_code(found.issuer.code) == did else None


def _standing(found: Commitment) -> Verdict:
    if found.revoked_at is not None:
        return Verdict.REVOKED
    if found.replaced_at is not None:
        return Verdict.REPLACED
    return Verdict.HELD if found.lot.on_hold else Verdict.GENUINE


def _within(document: dict[str, Any], at: datetime) -> Verdict | None:
    """Whether `at` lies outside the time for which the credential speaks; an unreadable time counts as outside."""
    for name, verdict in (("validFrom", Verdict.NOT_YET), ("validUntil", Verdict.EXPIRED)):
        value = document.get(name)
        if value is None:
            continue
        try:
            instant = datetime.fromisoformat(value)
            outside = at < instant if name == "validFrom" else at > instant
        except (TypeError, ValueError):
            return Verdict.UNREADABLE
        if outside:
            return verdict
    return None
