"""Reads of laboratories: limits, instrument profiles, whether a laboratory is accredited, and whether a report is genuine."""

from __future__ import annotations

import base64
from collections import Counter
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from cryptography.exceptions import InvalidSignature
from django.db.models import QuerySet

from tiantou.kernel import jcs
from tiantou.kernel.actor import Actor
from tiantou.production.queries import names_of
from tiantou.production.rules import read_date
from tiantou.quality.credentials import dids, proofs
from tiantou.quality.models import Report, Sample, SampleState
from tiantou.quality.rules import instruments
from tiantou.quality.rules import limits as rules
from tiantou.registry.models import Party, Product, Status

KIND = "laboratory"
_HERE = Path(__file__).parent.parent


@cache
def limits() -> tuple[rules.Limit, ...]:
    """Every limit, from `limits.yaml`."""
    data = yaml.safe_load((_HERE / "limits.yaml").read_text(encoding="utf-8"))
    return tuple(rules.Limit(**{**row, "value": Decimal(row["value"])}) for row in data["limits"])


@cache
def profiles() -> dict[str, instruments.Profile]:
    """How files of instruments are read, from `instruments.yaml`, by identifier."""
    rows = yaml.safe_load((_HERE / "instruments.yaml").read_text(encoding="utf-8"))
    return {row["id"]: instruments.Profile(**row) for row in rows}


def substances() -> list[str]:
    """The substances for which a limit is known, each once."""
    return list(dict.fromkeys(limit.substance for limit in limits()))


def limit_on(substance: str, product: Product, on: date) -> rules.Limit | None:
    """The limit of a substance in a product on a day; None where none is known."""
    return rules.limit_for(limits(), substance, names_of(product), on)


def accredited(laboratory: Party, on: date) -> bool:
    """Whether a party of the register is a laboratory whose accreditation (资质认定) was confirmed and has not run out."""
    if laboratory.kind != KIND or laboratory.status != Status.CONFIRMED or not laboratory.data.get("cma"):
        return False
    ends = laboratory.data.get("cma_ends")
    until = read_date(ends) if ends else None
    return until is None or on <= until


def laboratories(on: date) -> list[Party]:
    """The accredited laboratories of the register."""
    rows = Party.objects.filter(kind=KIND, status=Status.CONFIRMED).order_by("name")
    return [party for party in rows if accredited(party, on)]


def current(sample: Sample) -> Report | None:
    """The report of a sample that no later version corrects."""
    found: Report | None = Report.objects.current().filter(sample=sample).first()
    return found


def by_number(number: str) -> Report | None:
    """The report with a number, for anybody who holds it; it names no person."""
    if not number.isprintable():
        return None
    rows = Report.objects.select_related("sample__lot__product", "laboratory", "corrects")
    found: Report | None = rows.filter(number=number.strip().upper()).first()
    return found


def genuine(report: Report) -> bool:
    """Whether the signature is the laboratory's over exactly what is kept, by a key that is still published."""
    try:
        key = dids.key_of(report.signed_with)
        key.verify(base64.b64decode(report.signature), jcs.canonical(report.payload))
    except (InvalidSignature, proofs.Unverifiable, ValueError):
        return False
    return report.signed_with.partition("#")[0] == dids.of_code(report.laboratory.code)


def samples_of(actor: Actor) -> QuerySet[Sample]:
    """The samples that the actor may see, newest first."""
    rows: QuerySet[Sample] = Sample.objects.visible_to(actor)
    return rows.select_related("lot__product", "lot__producer", "site", "laboratory")


def counts(actor: Actor) -> dict[str, Any]:
    """How many samples stand where, and how many reports passed and failed."""
    states = Counter(Sample.objects.visible_to(actor).order_by().values_list("state", flat=True))
    reports = Counter(Report.objects.visible_to(actor).current().order_by().values_list("passed", flat=True))
    return {
        **{state: states.get(state, 0) for state in SampleState.values},
        "passed": reports.get(True, 0),
        "failed": reports.get(False, 0),
        "undecided": reports.get(None, 0),
    }
