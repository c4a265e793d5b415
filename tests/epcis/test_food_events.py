"""The food events of the FSMA-204 guide, in any order of arrival: what became of the harvest, and what is on the pallet."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from tests import factories
from tests.shared import shared
from tiantou.epcis.documents import read
from tiantou.kernel.actor import SYSTEM
from tiantou.trace import queries, services
from tiantou.trace.models import Event

HARVEST, CASES = "/01/00860009999923/10/ABC1234", "/01/10860009999920/10/ABC1234"
OTHER_CASES, PALLET = "/01/10860009999920/10/ABC5678", "/00/008600099999850000"


def told(value: Any) -> Any:
    """The documents without their authors' remarks, whose names begin with `_`."""
    if isinstance(value, dict):
        return {name: told(held) for name, held in value.items() if not name.startswith("_")}
    return [told(held) for held in value] if isinstance(value, list) else value


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_closures_are_right_in_any_order_and_nothing_counts_twice(seed):
    events = []
    for path in sorted(shared("conformance/fsma204").glob("*.jsonld")):
        document = read(json.dumps(told(json.loads(path.read_text()))).encode(), media_type="application/ld+json")
        assert document.faults == []
        events += document.events
    random.Random(seed).shuffle(events)  # noqa: S311 - a seed that can be repeated
    for event in [*events, *events[::2]]:
        services.capture(by=SYSTEM, at=factories.AT, events=[json.loads(json.dumps(event))])
    assert set(queries.descendants(HARVEST)) == {CASES, PALLET}
    assert set(queries.ancestors(PALLET)) == {CASES, OTHER_CASES, HARVEST}
    assert queries.descendants(PALLET) == []
    names = {event.event_id for event in Event.objects.all()}
    assert len(names) == Event.objects.count() <= len(events)
    times = [event.event_time for event in queries.way_of(PALLET)]
    assert times == sorted(times)
    assert {event.biz_step for event in queries.way_of(PALLET)} >= {"packing", "shipping", "creating_class_instance"}
