"""Areas (行政区划): region, districts, towns and villages, each dated, with lineage at town level.

Nouns: area, placement (which parent an area had, from when until when), succession (what an area became).
Verbs: `load_region`, `load_division`, `rename_area`, `move_area`, `merge_areas`, `split_area`, `create_area`, `abolish_area`.
Invariants: an area has exactly one parent on any date of its life; a figure re-based to any date keeps the region's total.
Journals written: none.
"""
