"""Stock (库存): how much of which lot is where. A journal of moves, and one level row for each lot, place and unit.

Nouns: level (on hand, and of that reserved), move, reservation, freeze (冻结: of this lot nothing leaves). Lots and places are identifiers (strings): the journal knows no domain noun.
Verbs: `receive`, `issue`, `move`, `convert`, `reserve`, `release`, `ship`, `take_back`, `freeze`, `thaw`, `destroy`.
Invariants: 0 <= reserved <= on hand, in any interleaving (conditional updates that must affect exactly one row, and a check of the
database); the sum of a level's moves is its on hand; quantities are whole numbers of grams (`g`) or pieces (`pcs`).
Journals written: `Move`.
"""
