"""Trace (溯源): what happened to goods, as EPCIS 2.0 events. The register and the papers of the goods are kept elsewhere.

Nouns: event (EPCIS 2.0 JSON, named by its CBV 2.0 hash), mention (that an event names an identifier), lot link (that one thing went into
another).
Verbs: `record`, `declare_error`.
Invariants: recording the same event twice changes nothing; an event is never changed (a mistake is declared by a further event); no stock,
price or permission is derived from events.
Journals written: `Event`, `Mention`, `LotLink`.
"""
