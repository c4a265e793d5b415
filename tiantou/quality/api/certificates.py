"""The API of commitment certificates: issue, read, revoke, and check by number without an account."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.http import HttpRequest
from ninja import Header, Schema, Status

from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC, SIGNED_IN
from tiantou.kernel.errors import Absent
from tiantou.kernel.rest import admits, api
from tiantou.production.models import Lot
from tiantou.quality import queries, rules
from tiantou.quality.credentials.documents import credential_address
from tiantou.quality.models import Commitment
from tiantou.quality.services import ISSUERS, REVOKERS, issue_commitment, revoke_commitment

router = api("certificates", "quality")
PER_PAGE = 100


class CertificateOut(Schema):
    """A commitment certificate as everybody may see it: the issuer's name is masked where it is a natural person."""

    number: str
    state: str
    style: str
    template: str
    product: str
    quantity_g: int
    origin: str
    issuer: str
    basis: str
    issued_on: date
    lot: str
    sources: list[str]
    #: Where the certificate is as a verifiable credential.
    credential: str


class IssueIn(Schema):
    """What is promised; the quantity is the whole lot where none is given."""

    lot: str
    basis: str
    quantity_g: int | None = None
    contact: str = ""


class RevokeIn(Schema):
    """Why it no longer stands."""

    reason: str


def certificate_out(commitment: Commitment) -> CertificateOut:
    """The certificate as the API shows it."""
    state = "revoked" if commitment.revoked_at else "replaced" if commitment.replaced_at else "valid"
    return CertificateOut(
        number=commitment.number,
        state=state,
        style=commitment.style,
        template=commitment.template,
        product=commitment.product_name,
        quantity_g=commitment.quantity_g,
        origin=commitment.origin,
        issuer=commitment.issuer.masked_name(),
        basis=commitment.basis,
        issued_on=commitment.issued_on,
        lot=commitment.lot.code,
        sources=[source.number for source in commitment.sources.all()],
        credential=credential_address(commitment.number),
    )


@router.get("/", response=list[CertificateOut], auth=admits(SIGNED_IN))
def list_certificates(request: HttpRequest, page: int = 1) -> list[CertificateOut]:
    """The certificates that the caller may see, newest first, a hundred a page."""
    start = (max(page, 1) - 1) * PER_PAGE
    rows = Commitment.objects.visible_to(request.actor).select_related("lot", "issuer")  # type: ignore[attr-defined]
    return [certificate_out(row) for row in rows.prefetch_related("sources")[start : start + PER_PAGE]]


@router.get("/{number}", response=CertificateOut, auth=admits(PUBLIC))
def check_certificate(request: HttpRequest, number: str) -> CertificateOut:
    """Whether a certificate is genuine and stands."""
    del request
    found = queries.by_number(number)
    if found is None:
        raise Absent
    return certificate_out(found)


@router.post("/", response={201: CertificateOut}, auth=admits(ISSUERS))
def post_certificate(
    request: HttpRequest, body: IssueIn, key: Annotated[str, Header(alias="Idempotency-Key")] = ""
) -> Status[CertificateOut]:
    """A certificate is issued for a lot."""
    actor = request.actor  # type: ignore[attr-defined]
    lot = Lot.objects.visible_to(actor).filter(code=body.lot).first()
    if lot is None:
        raise Absent
    made = issue_commitment(
        by=actor,
        at=clock.now(),
        lot=lot,
        basis=body.basis,
        quantity_g=body.quantity_g,
        contact=body.contact,
        key=key,
    )
    return Status(201, certificate_out(made))


@router.post("/{number}/revoke", response=CertificateOut, auth=admits(REVOKERS))
def post_revoke(request: HttpRequest, number: str, body: RevokeIn) -> CertificateOut:
    """The certificate no longer stands."""
    actor = request.actor  # type: ignore[attr-defined]
    found = Commitment.objects.visible_to(actor).filter(number=rules.normal_number(number) or "").first()
    if found is None:
        raise Absent
    return certificate_out(revoke_commitment(by=actor, at=clock.now(), commitment=found, reason=body.reason))
