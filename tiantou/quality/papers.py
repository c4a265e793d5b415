"""What a certificate says, in words: for the screen, and for paper of every size."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from tiantou.kernel.labels import label
from tiantou.kernel.units import show_kg
from tiantou.quality import queries, rules
from tiantou.quality.models import Commitment, PrintRun, Stock
from tiantou.ui import printing, words

#: On a label longer names end in an ellipsis; the code leads to the whole.
LONGEST: dict[str, int] = {Stock.LABEL_60: 60, Stock.LABEL_40: 30, Stock.A4_EIGHT: 80}


def said(commitment: Commitment) -> dict[str, Any]:
    """Title, promise, source and last day of keeping, by the template that the certificate bears."""
    template = queries.template_of(commitment)
    return {
        "title": label(template.title),
        "promise": template.promise.get(commitment.style, template.promise["producer"]),
        "source": template.source,
        "keep": rules.keep_until(template, commitment.issued_on),
    }


def check_url(commitment: Commitment) -> str:
    """The address in the QR code."""
    return f"{settings.BASE_URL}{reverse('quality:check', args=[commitment.number])}"


def printed(commitments: Iterable[tuple[Commitment, int, int]], stock: str) -> bytes:
    """A PDF of certificates on a stock, each with so many copies from a number on (0: copies are not numbered)."""
    template = "quality/certificate.typ" if stock == Stock.A4 else "quality/certificate_labels.typ"
    return printing.pdf(template, context_of(commitments, stock))


def printed_run(run: PrintRun) -> bytes:
    """The PDF of a print run; the same again whenever it is asked for."""
    lines = run.lines.select_related("commitment__lot", "commitment__issuer")
    return printed([(line.commitment, line.first, run.copies) for line in lines], run.stock)


def context_of(commitments: Iterable[tuple[Commitment, int, int]], stock: str) -> dict[str, Any]:
    """What the typst templates read: one item a copy. In Chinese whatever the screen speaks: the paper is the legal form."""
    items = []
    with translation.override("zh-hans"):
        for commitment, first, copies in commitments:
            item = paper(commitment, longest=LONGEST.get(stock, 0))
            items += [
                {**item, "copy": _("第 %(n)s 张") % {"n": number} if first else ""}
                for number in range(first, first + copies)
            ]
    return {"stock": stock, "items": items}


def paper(commitment: Commitment, *, longest: int = 0) -> dict[str, Any]:
    """What the printed certificate says (Art. 14). The holder of the paper has the goods: names and phone are in full.

    What the package shows already is no fact of the paper; title, promise and ground always stand. Names are cut at
    `longest` characters (0: never).
    """
    about = said(commitment)
    facts = [
        ("product", _("产品名称"), commitment.product_name),
        ("quantity", _("数量（重量）"), _("%(kg)s 公斤") % {"kg": show_kg(commitment.quantity_g)}),
        ("origin", _("产地"), commitment.origin),
        ("issued_on", _("开具时间"), words.moment(commitment.issued_on)),
        ("issuer", _("承诺主体"), commitment.issuer_name),
        ("contact", _("联系方式"), commitment.contact or "—"),
    ]
    return {
        "title": about["title"],
        "number": commitment.number,
        "promise": about["promise"],
        "basis": [
            {"words": basis, "chosen": basis == commitment.basis} for basis in queries.template_of(commitment).basis
        ],
        "facts": [
            {"name": name, "value": _short(value, longest)}
            for key, name, value in facts
            if key not in commitment.omitted
        ],
        "omitted": commitment.omitted,
        "on": commitment.issued_on,
        "issuer": commitment.issuer_name,
        "lot": commitment.lot.code,
        "sources": "、".join(commitment.sources.order_by("number").values_list("number", flat=True)),
        "code": printing.QR(check_url(commitment)),
        "copy": "",
        "keep": about["keep"],
    }


def _short(value: str, longest: int) -> str:
    return f"{value[: longest - 1]}…" if 0 < longest < len(value) else value
