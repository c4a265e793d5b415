"""Asking for events: the parameters of SimpleEventQuery become a tree, the tree one SQL condition with its values beside it.

`parse` reads and refuses, with `fixed` and `families` for the parameters and `values` for what they hold; `tree` is what was asked;
`patterns`, `units` and `words` know how things, amounts and words may be written; `sql` turns the tree into a condition.
"""
