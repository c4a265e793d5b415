"""Certificates for programs: the credential with content negotiation, names and keys, context, schema, status lists; and the page that judges."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC, SIGNED_IN
from tiantou.kernel.errors import Absent, Refused
from tiantou.kernel.web import Request, page, see_other
from tiantou.production.queries import seen
from tiantou.quality import queries, scanning
from tiantou.quality.credentials import dids, documents, proofs, status, verifying
from tiantou.quality.models import Commitment
from tiantou.registry.models import Party
from tiantou.ui.navigation import Place, register_place

register_place(Place(gettext_lazy("验证凭证"), "shield", "quality:verify", "public", order=60))

JSON, LD = "application/json", "application/ld+json"
#: What the credential can be had as; the first is given where anything will do.
OFFERED = (documents.MEDIA_TYPE, LD, JSON, documents.JWT_TYPE, "text/html")
MOST_LISTS = 1_000_000


@page("c/<str:number>/credential", name="credential", access=PUBLIC)
def credential(request: Request, number: str) -> HttpResponse:
    """The certificate as a verifiable credential, for anybody; a natural person's name and the phone are masked.

    `Accept: application/vc` (or `application/ld+json`, `application/json`) gives JSON with a Data Integrity proof,
    `application/vc+jwt` a compact JWS; a browser is sent to the page for people. `?as=vc` and `?as=jwt` ask by address.
    """
    found = queries.by_number(number)
    if found is None:
        raise Absent
    wanted = {"vc": documents.MEDIA_TYPE, "jwt": documents.JWT_TYPE}.get(request.GET.get("as", ""))
    kind = wanted or request.get_preferred_type(OFFERED)
    if kind is None:
        return _json({"offered": list(OFFERED[:4])}, JSON, code=406)
    if kind == "text/html":
        return _varied(see_other(reverse("quality:check", args=[found.number])))
    return _varied(_credential(request, found, kind, whole=False))


@page("certificates/<int:pk>/credential", name="own_credential", access=SIGNED_IN)
def own_credential(request: Request, pk: int) -> HttpResponse:
    """The credential in full, for whoever may see the certificate, as a file to hand on."""
    found = seen(Commitment.objects.select_related("lot__product", "issuer"), request.actor, pk)
    kind = documents.JWT_TYPE if request.GET.get("as") == "jwt" else documents.MEDIA_TYPE
    answer = _credential(request, found, kind, whole=True)
    answer["Cache-Control"] = "private, no-store"
    ending = "jwt" if kind == documents.JWT_TYPE else "vc.json"
    answer["Content-Disposition"] = f'attachment; filename="{found.number}.{ending}"'
    return answer


@page(".well-known/did.json", name="platform_did", access=PUBLIC)
def platform_did(request: Request) -> HttpResponse:
    """The DID document of the platform."""
    return _cached(request, _json(dids.document(dids.platform()), "application/did+ld+json"))


@page("issuers/<str:code>/did.json", name="issuer_did", access=PUBLIC)
def issuer_did(request: Request, code: str) -> HttpResponse:
    """The DID document of an issuer: of every party that ever issued a certificate."""
    if not Party.objects.filter(code=code, pk__in=Commitment.objects.values("issuer")).exists():
        raise Absent
    return _cached(request, _json(dids.document(dids.of_code(code)), "application/did+ld+json"))


@page("issuers/<str:code>/status/<str:purpose>/<int:number>", name="status_list", access=PUBLIC)
def status_list(request: Request, code: str, purpose: str, number: int) -> HttpResponse:
    """A status list of an issuer, as of now."""
    known = purpose in status.PURPOSES and number < MOST_LISTS
    if not known or not Commitment.objects.filter(issuer__code=code).exists():
        raise Absent
    answer = _json(status.list_credential(code, purpose, number, clock.now()), documents.MEDIA_TYPE)
    answer["Cache-Control"] = f"public, max-age={status.TTL_MS // 1000}"
    return answer


@page("credentials/v1", name="credential_context", access=PUBLIC)
def credential_context(request: Request) -> HttpResponse:
    """The JSON-LD context of our credentials."""
    return _cached(request, _json(documents.context(), LD))


@page("credentials/schema/v1.json", name="credential_schema", access=PUBLIC)
def credential_schema(request: Request) -> HttpResponse:
    """The JSON Schema of our credentials."""
    return _cached(request, _json(documents.schema(), "application/schema+json"))


class CredentialForm(forms.Form):
    """Something to be judged: text, or a file (a credential, or a photograph of a code)."""

    text = forms.CharField(
        label=gettext_lazy("凭证内容、合格证编号或网址"),
        max_length=verifying.MOST_BYTES,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
    )
    file = forms.FileField(
        label=gettext_lazy("或者选文件"),
        required=False,
        help_text=gettext_lazy("凭证文件（.json、.jwt），或合格证二维码的照片"),
    )

    def clean(self) -> dict[str, Any]:
        """One of both is there."""
        data = super().clean() or {}
        if not self.errors and not data.get("text") and not data.get("file"):
            self.add_error("text", _("还没有填。粘贴凭证内容，或选一个文件。"))
        return data


@page("verify/", name="verify", access=PUBLIC, methods=("GET", "POST"))
def verify(request: Request) -> HttpResponse:
    """验证: anybody hands in a credential and reads in plain words whether it is genuine, revoked or altered."""
    form = CredentialForm(request.POST or None, request.FILES or None)
    finding = refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            text = _handed_in(form.cleaned_data)
        except Refused as refused:
            refusal = refused
        else:
            number = verifying.number_in(text)
            if number is not None:
                return see_other(reverse("quality:check", args=[number]))
            finding = verifying.judge(text, clock.now())
    code = refusal.status if refusal else 422 if form.is_bound and form.errors else 200
    context = {"form": form, "finding": finding, "refusal": refusal, "subject": _shown(finding)}
    return render(request, "quality/verify.html", context, status=code)


def _handed_in(data: dict[str, Any]) -> str:
    """The text that is to be judged, out of the file where one was chosen. Raises: Refused."""
    if data["file"] is None:
        return str(data["text"])
    return scanning.text_of(data["file"].read(scanning.MOST_BYTES + 1))


def _shown(finding: verifying.Finding | None) -> list[tuple[str, str]]:
    """What the credential says, in the order of the certificate; only text is shown."""
    if finding is None:
        return []
    names = [
        ("certificateNumber", _("编号")),
        ("product", _("产品名称")),
        ("origin", _("产地")),
        ("basis", _("承诺依据")),
        ("promise", _("承诺")),
        ("issuedOn", _("开具日期")),
        ("lot", _("批次")),
    ]
    rows = [(title, finding.subject.get(name)) for name, title in names]
    quantity = finding.subject.get("quantity")
    if isinstance(quantity, dict) and isinstance(quantity.get("decimalValue"), str):
        rows.insert(2, (_("数量"), _("%(kg)s 公斤") % {"kg": quantity["decimalValue"]}))
    if finding.issuer_name:
        rows.insert(0, (_("承诺人"), finding.issuer_name))
    return [(title, value[:300]) for title, value in rows if isinstance(value, str)]


def _credential(request: Request, found: Commitment, kind: str, *, whole: bool) -> HttpResponse:
    if kind == documents.JWT_TYPE:
        algorithm = "EdDSA" if request.GET.get("alg") == "EdDSA" else proofs.ALGORITHMS[0]
        body = documents.as_jwt(found, whole=whole, algorithm=algorithm)
        return _cached(request, HttpResponse(body, content_type=kind))
    return _cached(request, _json(documents.secured(found, whole=whole), kind))


def _json(body: dict[str, Any], kind: str, *, code: int = 200) -> HttpResponse:
    """JSON that programs of any origin may read: all of it is public, and no cookie matters."""
    answer = HttpResponse(json.dumps(body, ensure_ascii=False, indent=1), content_type=kind, status=code)
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def _cached(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """The answer with its tag; without a body where the asker has it already."""
    tag = f'"{hashlib.sha256(answer.content).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == tag:
        answer = HttpResponse(status=304)
    answer["ETag"] = tag
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cache-Control"] = "public, max-age=300"
    return answer


def _varied(answer: HttpResponse) -> HttpResponse:
    answer["Vary"] = "Accept"
    return answer
