"""The resources of the REST binding at `/epcis/`, by noun."""

from tiantou.epcis.pages import capture, events, lists, named, root

__all__ = ["capture", "events", "lists", "named", "root"]
