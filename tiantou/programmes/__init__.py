"""Programmes (项目与补贴): subsidies and recognitions as data over `cases`.

Nouns: programme (a YAML file below `catalogue/`: who, rules, parameters with dates and sources, form, steps, amount, examples),
assessment (every rule's verdict and the amount, before applying), award.
Verbs: `apply_for`, `decide`, `object_to_notice`, `pay_award`.
Invariants: what a decision rests on (facts, verdicts, parameters, version) is stored with the case; a money award is in the ledger in the
transaction that grants it; nothing is paid twice.
Journals written: `cases` and `ledger`.
"""
