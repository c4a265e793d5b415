"""The ledger (账): money and entitlements in double entry, whole fen.

Nouns: account (of a holder, of a kind), entry, posting.
Verbs: `post`, `reverse`.
Invariants: the postings of an entry sum to zero (checked here and, deferred to the commit, by the database); nothing is changed or deleted,
a mistake is reversed; the platform never holds buyers' money: accounts mirror what payment institutions and banks hold.
Journals written: `Entry`, `Posting`.
"""
