"""Cases (办件): a procedure is a line of steps, told as data; a case walks it and ends at its award.

Nouns: programme (an immutable version of a procedure), round (a window with quota and budget), case, entry (what was done at a
step), objection (an entry of a public notice that waits for a finding).
Verbs: `open_round`, `open_case`, `act` (pass, return, reject, withdraw, score, object, resolve, award).
Invariants: the state is the fold of the entries, stored beside them in the same transaction; a case never leaves its line by a verb
that its step does not list; scores and objections count for the present visit of a step only; a notice does not end before its days are
over and every objection has a finding; legal times run in working days.
Journals written: `Entry`.
"""
