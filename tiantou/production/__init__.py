"""Production (生产): bases, plots, what was done on them, and the lots that come of it.

Nouns: plot (地块), plot assignment (标准落实到田块), field record (农事记录), lot (批次), hold (扣留令: on a lot, a plot, an input batch …; its lots have it in
a slot and stand still in stock).
Verbs: `lay_out_plot`, `assign_standard`, `record_work`, `harvest`, `derive_lots`, `derive_lot`, `place_hold`, `lift_hold`,
`hold_plot`, `hold_input`, `hold_lots`, `lift`, `extend_holds`, `import_plots`.
Invariants: nothing is harvested within a pre-harvest interval (安全间隔期); a lot's identifier and mass at birth never
change; what comes of lots never weighs more than what went in; a lot on hold, or one that descends from it, is not worked on.
Journals written: trace (commissioning, transforming), stock (receive at the base, convert). Which lots a lot was made of
is read from trace; no second table of parents is kept.
"""
