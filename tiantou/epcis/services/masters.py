"""Master data is kept as its sender told it last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from tiantou.epcis.asking import words
from tiantou.epcis.models import Master
from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.actor import Actor
from tiantou.kernel.verbs import verb


class Element(Protocol):
    """A vocabulary element as a document tells it (`documents.Master`)."""

    @property
    def type(self) -> str: ...  # noqa: D102 - the vocabulary
    @property
    def id(self) -> str: ...  # noqa: D102 - the element
    @property
    def attributes(self) -> dict[str, object]: ...  # noqa: D102 - by attribute
    @property
    def children(self) -> list[str]: ...  # noqa: D102 - what lies within it


@verb(SIGNED_IN)
def store_masters(*, by: Actor, at: datetime, masters: Sequence[Element]) -> None:
    """主数据: the vocabulary elements of a document's header are known, each as this party told it last (EPCIS 2.0, 6.1.1)."""
    rows = {
        (one.type, words.code(one.id)): Master(
            party_id=by.party_id,
            vocabulary=one.type,
            code=words.code(one.id),
            identifier=one.id,
            attributes=[{"id": name, "attribute": value} for name, value in one.attributes.items()],
            children=[words.code(child) for child in one.children],
            updated_at=at,
        )
        for one in masters
    }
    Master.objects.bulk_create(
        list(rows.values()),
        update_conflicts=True,
        unique_fields=["party_id", "vocabulary", "code"],
        update_fields=["identifier", "attributes", "children", "updated_at"],
    )
