"""What every package may lean on, and no domain noun.

Nouns: actor, access, clock, refusal, unit, journal, form, deed (the audit line of a verb).
Verbs: none of its own; `verbs.verb` makes a function a verb of the trade.
Invariants: one transaction per verb; a repeated idempotency key changes nothing; a deed is written in the
transaction of the verb it describes; a journal row is never updated or deleted.
Journals written: none (it owns the shared shape in `journal`).
"""
