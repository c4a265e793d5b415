"""市场准入, pure: what was shown at a market's gate, what is known of it, and what the keeper may decide.

Sources: 食用农产品市场销售质量安全监督管理办法 (国家市场监督管理总局令第 81 号, in force 2023-12-01): a market looks at the certificate, and tests
goods without one before it lets them in; it keeps a file on each seller, and its records for at least six months. 农业农村部令
2025 年第 4 号 on the certificate itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

MARKET_RULES = "食用农产品市场销售质量安全监督管理办法（市场监管总局令第 81 号，2023-12-01 起施行）"
CERTIFICATE_RULES = "农业农村部令 2025 年第 4 号（2026-02-01 起施行）"
#: A lorry has no more lots; a longer paste is a mistake.
MOST_CODES = 200
LONGEST_CODE = 200
#: A phone may have been without network for a week, and its clock may be a little fast.
OFFLINE_FOR = timedelta(days=7)
CLOCK_AHEAD = timedelta(minutes=10)
KEEP_MONTHS = 6
_SEPARATORS = re.compile(r"[\s,;，；、]+")


class Decision(StrEnum):
    """What became of the goods at the gate."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    QUARANTINE = "quarantine"


class Advice(StrEnum):
    """What the checks say should be done."""

    ACCEPT = "accept"
    TEST = "test"
    REFUSE = "refuse"
    QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True)
class Brought:
    """What the keeper wrote down of a delivery: whose, whence, on which lorry, how much."""

    goods: str = ""
    vendor_name: str = ""
    vendor_phone: str = ""
    origin: str = ""
    truck: str = ""
    mass_g: int | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: `ok`, `warn` (says something, stops nothing), `test` (needs a passed test) or `stop`."""

    name: str
    state: str
    advice: Advice = Advice.ACCEPT
    source: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one code. `exit_rules`: the rules of 产地准出 that the lot does not meet.

    `paper` is `valid`, `revoked`, `replaced`, `missing` or `not-needed`; `tested` whether a recent test of it passed (None: there
    is none).
    """

    known: bool
    paper: str
    held: bool = False
    exit_rules: Sequence[str] = ()
    tested: bool | None = None
    vendor_on_file: bool = True


#: Findings of 产地准出 about the goods themselves: what is wrong with them no paper mends.
UNSAFE = frozenset({"banned", "interval", "failed"})


def split_codes(text: str) -> list[str]:
    """The codes in what was typed, pasted or scanned one after another, each once, in their order; nothing unprintable is one."""
    parts = _SEPARATORS.split(text)
    return list(dict.fromkeys(part[:LONGEST_CODE] for part in parts if part and part.isprintable()))


def checks(standing: Standing) -> list[Check]:
    """Everything that is looked at, in order."""
    return [_held(standing), _paper(standing), _exit(standing), _tested(standing), _vendor(standing)]


def _held(standing: Standing) -> Check:
    if standing.held:
        return Check("hold", "stop", Advice.QUARANTINE, MARKET_RULES)
    return Check("hold", "ok")


def _paper(standing: Standing) -> Check:
    if standing.paper in {"valid", "not-needed"}:
        return Check("paper", "ok")
    if standing.paper == "revoked":
        return Check("paper", "stop", Advice.REFUSE, CERTIFICATE_RULES)
    state = "ok" if standing.tested else "test"
    return Check("paper", state, Advice.ACCEPT if standing.tested else Advice.TEST, MARKET_RULES)


def _exit(standing: Standing) -> Check:
    if UNSAFE & set(standing.exit_rules):
        return Check("exit", "stop", Advice.QUARANTINE, MARKET_RULES)
    return Check("exit", "ok" if standing.known else "warn")


def _tested(standing: Standing) -> Check:
    if standing.tested is False:
        return Check("test", "stop", Advice.REFUSE, MARKET_RULES)
    return Check("test", "ok" if standing.tested else "warn")


def _vendor(standing: Standing) -> Check:
    return Check("vendor", "ok" if standing.vendor_on_file else "warn", source=MARKET_RULES)


_STRICT = [Advice.QUARANTINE, Advice.REFUSE, Advice.TEST, Advice.ACCEPT]


def advice(found: Sequence[Check]) -> Advice:
    """The strictest that any check asks for."""
    return min((check.advice for check in found), key=_STRICT.index, default=Advice.TEST)


def allows(decision: Decision, found: Sequence[Check]) -> bool:
    """Whether the keeper may decide so: refusing and setting apart always; letting in only where nothing stands against it."""
    return decision is not Decision.ACCEPT or advice(found) is Advice.ACCEPT


def timely(decided_at: datetime, now: datetime) -> bool:
    """Whether a phone's instant can be true: not in the future, and not longer ago than a phone is without network."""
    return now - OFFLINE_FOR <= decided_at <= now + CLOCK_AHEAD


def keep_until(on: date) -> date:
    """The last day until which the market keeps the record: six months at least."""
    years, month = divmod(on.month - 1 + KEEP_MONTHS, 12)
    year, month = on.year + years, month + 1
    following = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, 1) + timedelta(days=on.day - 1), following - timedelta(days=1))
