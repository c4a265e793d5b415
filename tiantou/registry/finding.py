"""Looks up what a typed code or name stands for: areas by code or names on a date, parties, sites and products by code."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from tiantou.areas.models import Area
from tiantou.areas.queries import kin
from tiantou.kernel.actor import Actor
from tiantou.kernel.forms import Fault
from tiantou.registry.models import REGISTERS

_LEADING_CODE = re.compile(r"([0-9A-Z]{2,12})(?:\D|$)")
_BETWEEN_NAMES = re.compile(r"[\s/>·、,，\-—]+")
_SHOWN = 3
_CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Place:
    """An area as far as the register needs it."""

    pk: int
    code: str
    level: int
    path: str
    starts: date
    ends: date | None
    district_code: str

    def there(self, on: date) -> bool:
        """Whether the area exists on a day."""
        return self.starts <= on and (self.ends is None or on < self.ends)


class Finder:
    """Finds references for one verb; everything found is kept for the next row."""

    def __init__(self, by: Actor, on: date) -> None:
        self.by, self.on = by, on
        self._places: dict[int, Place] = {}
        self._by_code: dict[str, list[Place]] = defaultdict(list)
        self._by_name: dict[str, list[Place]] = defaultdict(list)
        self._records: dict[str, dict[str, int | None]] = defaultdict(dict)
        self._asked: dict[str, Place | Fault] = {}

    def area(self, text: str) -> Place:
        """The area of a code (with or without a name behind it) or of names in full.

        Raises: Fault where there is none, several, or none any more on the day.
        """
        found = self._asked.get(text)
        if found is None:
            try:
                found = self._area(text)
            except Fault as fault:
                found = fault
            self._asked[text] = found
        if isinstance(found, Fault):
            raise Fault(found.reason, found.remedy)
        return found

    def place(self, pk: int | None) -> Place | None:
        """The area with this key."""
        self._load_areas()
        return self._places.get(pk) if pk is not None else None

    def reference(self, register: str, code: str) -> int:
        """The key of the living record with this code that the actor sees. Raises: Fault."""
        known = self._records[register]
        if code not in known:
            self.prime(register, [code])
        pk = known.get(code)
        if pk is None:
            raise Fault(
                _("登记簿里没有“{code}”。").format(code=code[:40]),
                _("请先登记它，或核对代码（可以在登记簿里按名称查到）。"),
            )
        return pk

    def prime(self, register: str, codes: Iterable[str]) -> None:
        """All of `codes` are looked up at once."""
        known = self._records[register]
        new = [code for code in dict.fromkeys(codes) if code not in known]
        rows = REGISTERS[register].objects.visible_to(self.by).living()
        for n in range(0, len(new), _CHUNK):
            chunk = new[n : n + _CHUNK]
            known.update(dict.fromkeys(chunk))
            known.update(rows.filter(code__in=chunk).values_list("code", "pk"))

    def _area(self, text: str) -> Place:
        self._load_areas()
        if match := _LEADING_CODE.match(text):
            found = self._by_code.get(match[1]) or self._by_code.get(match[1].rstrip("0") or "0", [])
        else:
            found = self._by_name.get(_BETWEEN_NAMES.sub("", text), [])
        there = [place for place in found if place.there(self.on)]
        if len(there) == 1:
            return there[0]
        if there:
            some = "、".join(f"{place.path}（{place.code}）" for place in there[:_SHOWN])
            raise Fault(
                _("有 {n} 个地方叫“{text}”。").format(n=len(there), text=text[:30]),
                _("请写区划代码，例如：{some}").format(some=some),
            )
        if found:
            raise self._gone(found[-1])
        raise Fault(
            _("没有“{text}”这个区划。").format(text=text[:30]),
            _("请写现行区划代码，或写全名称，如：奉节县草堂镇示例村。"),
        )

    def _gone(self, place: Place) -> Fault:
        names = {"name": place.path, "code": place.code, "on": self.on.isoformat()}
        if place.ends is None or place.ends > self.on:
            reason = _("{name}（{code}）要到 {day} 才设立。").format(day=place.starts.isoformat(), **names)
            return Fault(reason, _("请写 {on} 时的区划，可在“区划”页查到。").format(**names))
        reason = _("{name}（{code}）自 {day} 起已经撤销。").format(day=place.ends.isoformat(), **names)
        now = "、".join(
            f"{area.name}（{area.code}）" for area in kin(Area.objects.get(pk=place.pk)) if area.ends is None
        )
        if now:
            return Fault(reason, _("现在是：{now}。").format(now=now))
        return Fault(reason, _("请写 {on} 时的区划，可在“区划”页查到。").format(**names))

    def _load_areas(self) -> None:
        if self._places:
            return
        rows = list(
            Area.objects.visible_to(self.by).values_list(
                "pk", "code", "level", "name", "starts", "ends", "parent_id", "district__code"
            )
        )
        names = {pk: (level, name, parent) for pk, _code, level, name, _s, _e, parent, _d in rows}
        for pk, code, level, name, starts, ends, parent, district in rows:
            chain, above = [name], parent
            while above in names and names[above][0] > 0:
                chain.append(names[above][1])
                above = names[above][2]
            place = Place(
                pk, code, level, "".join(reversed(chain)), starts, ends, district or (code if level == 1 else "")
            )
            self._places[pk] = place
            self._by_code[code].append(place)
            for spoken in {place.path, name, chain[-1] + name, "".join(chain[-2::-1])}:
                self._by_name[spoken].append(place)
