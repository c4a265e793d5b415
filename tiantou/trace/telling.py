"""What a page tells of goods: their whole way in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from tiantou.gs1.identifiers import key
from tiantou.trace.queries import STANDS


@dataclass(frozen=True, slots=True)
class Told:
    """An event as a page tells it: without the lists of what it names, which can be thousands of pieces long.

    `place` is the business location's key. `pieces`: whether it names single pieces or crates, rather than goods by quantity.
    """

    type: str
    biz_step: str
    at: datetime
    place: str
    body: dict[str, Any]
    pieces: bool


def told_of(sources: Sequence[str], own: Sequence[str]) -> list[Told]:
    """What happened to some goods and to all that went into them, and to the pieces and crates that are `own`, oldest first.

    An event that names pieces or crates counts only if it names one of `own` or what that travelled in, so that the ways of sister
    pieces are not told. What was declared wrong is left out. One statement, for pages that must be quick.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, {"sources": [key(each) for each in sources], "own": [key(each) for each in own]})
        return [
            Told(kind, step, at, place, msgspec.json.decode(body), pieces)
            for kind, step, at, place, body, pieces in cursor.fetchall()
        ]


_TOLD = f"""
WITH RECURSIVE up(thing) AS (
    SELECT unnest(%(sources)s::text[]) COLLATE "C"
    UNION SELECT link.parent FROM up JOIN trace_lotlink link ON link.child = up.thing WHERE {STANDS}
), down(thing) AS (
    SELECT unnest(%(own)s::text[]) COLLATE "C"
    UNION SELECT link.child FROM down JOIN trace_lotlink link ON link.parent = down.thing WHERE {STANDS}
), mine AS MATERIALIZED (
    SELECT DISTINCT named.event_id FROM trace_mention named JOIN down ON named.epc = down.thing
)
SELECT told.type, told.biz_step, told.event_time, told.biz_location,
    told.body - '{{epcList,childEPCs,inputEPCList,outputEPCList,inputQuantityList,outputQuantityList}}'::text[],
    told.body ?| '{{epcList,childEPCs,parentID}}'::text[]
FROM trace_event told
WHERE told.id IN (SELECT event_id FROM mine UNION SELECT named.event_id FROM trace_mention named JOIN up ON named.epc = up.thing)
    AND told.wrong IS NULL AND NOT EXISTS (SELECT 1 FROM trace_event declared WHERE declared.wrong = told.key)
    AND (NOT told.body ?| '{{epcList,childEPCs,parentID}}'::text[] OR told.id IN (SELECT event_id FROM mine))
ORDER BY told.event_time, told.id
"""  # noqa: S608 - the conditions are ours
