"""EPCIS: how the world talks to the trace journal, by the REST binding of EPCIS 2.0 and CBV 2.0, at `/epcis/`.

Nouns: document, capture job, query, named query, subscription, vocabulary (master data).
Verbs: `capture`, `define_query`, `drop_query`, `subscribe`, `unsubscribe`.
Invariants: what was answered with 202 is never lost; capturing twice changes nothing; a fault is told in the standard's own words.
Journals written: none of its own (events go through `trace`).
"""
