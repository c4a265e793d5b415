"""What anybody reads: what the log proves, whether a receipt is right, the key, checkpoints and tiles, the offline verifiers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from tiantou.evidence import queries
from tiantou.evidence.models import Checkpoint, Tile
from tiantou.evidence.pages.words import MOST_ON_PAPER, download, told
from tiantou.evidence.rules import receipts, tree
from tiantou.kernel.access import PUBLIC
from tiantou.kernel.errors import Absent
from tiantou.kernel.web import Request, page

OFFLINE = Path(__file__).resolve().parent.parent / "offline"


class ReceiptForm(forms.Form):
    """A receipt, pasted or as a file."""

    receipt = forms.CharField(
        label=gettext_lazy("粘贴回执"), widget=forms.Textarea, required=False, strip=False, max_length=receipts.LARGEST
    )
    file = forms.FileField(label=gettext_lazy("或选回执文件"), required=False)

    def text(self) -> str:
        """The receipt's text; what is not UTF-8 is no receipt."""
        file = self.cleaned_data["file"]
        return file.read(receipts.LARGEST).decode("utf-8", "replace") if file else str(self.cleaned_data["receipt"])


@page("evidence/", name="about", access=PUBLIC)
def about(request: Request) -> HttpResponse:
    """In plain words: what is proven, what is not, and how anybody checks it."""
    return render(request, "evidence/about.html", {"health": queries.health(), "origin": queries.origin()})


@page("evidence/keys/", name="keys", access=PUBLIC)
def keys(request: Request) -> HttpResponse:
    """The log's public keys, to be compared and copied down."""
    return render(request, "evidence/keys.html", {"keys": queries.all_keys(), "origin": queries.origin()})


@page("evidence/verify/", name="verify", access=PUBLIC, methods=("GET", "POST"))
def verify(request: Request) -> HttpResponse:
    """Paste or upload a receipt, or come by the code on a paper one; nobody's account is needed and nothing is kept."""
    if "i" in request.GET:
        return _paper(request)
    form = ReceiptForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    status = 200
    if request.method == "POST" and form.is_valid():
        standing = queries.standing(form.text())
        context |= {"standing": standing, "rows": [told(leaf.index, leaf.event) for leaf in standing.verdict.leaves]}
        status = 200 if standing.holds else 422
    return render(request, "evidence/verify.html", context, status=status)


def _paper(request: Request) -> HttpResponse:
    try:
        indexes = [int(part) for part in request.GET["i"].split(",")[: MOST_ON_PAPER + 1]]
        count = int(request.GET.get("s", ""))
    except ValueError:
        indexes, count = [], 0
    holds = queries.is_whole(indexes, request.GET.get("d", ""), count)
    found = Checkpoint.objects.filter(size=count).order_by("id").first() if holds else None
    context = {"form": ReceiptForm(), "paper": True, "holds": holds, "count": len(indexes), "signed": found}
    return render(request, "evidence/verify.html", context, status=200 if holds else 422)


@page("evidence/checkpoint", name="checkpoint", access=PUBLIC)
def checkpoint(request: Request) -> HttpResponse:
    """The newest checkpoint, a signed note as text."""
    return _checkpoint()


def _checkpoint() -> HttpResponse:
    found = queries.latest()
    if found is None:
        raise Absent
    response = HttpResponse(queries.note_of(found), content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@page("evidence/log/checkpoint", name="log_checkpoint", access=PUBLIC)
def log_checkpoint(request: Request) -> HttpResponse:
    """The same below the log's own address, where readers of tlog-tiles look for it."""
    return _checkpoint()


@page("evidence/log/tile/<path:rest>", name="tile", access=PUBLIC)
def tile(request: Request, rest: str) -> HttpResponse:
    """A tile as tlog-tiles publishes it. Entries are not published, only their hashes."""
    try:
        level, index, width = tree.parse_tile_path(rest)
    except ValueError:
        raise Absent from None
    found = Tile.objects.filter(level=level, index=min(index, 2**62)).first()
    if found is None or len(found.hashes) < width * tree.SIZE:
        raise Absent
    response = HttpResponse(bytes(found.hashes)[: width * tree.SIZE], content_type="application/octet-stream")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@page("evidence/verifier.html", name="verifier", access=PUBLIC)
def verifier(request: Request) -> HttpResponse:
    """The offline verifier as a file to keep: it runs from the disk, so it is never run here."""
    return download((OFFLINE / "verifier.html").read_bytes(), "text/html; charset=utf-8", "verifier.html")


@page("evidence/verify_receipt.py", name="verifier_script", access=PUBLIC)
def verifier_script(request: Request) -> HttpResponse:
    """The same for the command line."""
    return download((OFFLINE / "verify_receipt.py").read_bytes(), "text/x-python; charset=utf-8", "verify_receipt.py")
