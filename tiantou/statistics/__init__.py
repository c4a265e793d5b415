"""Fourth-party statistics (第四方统计监测): what platforms report, and the figures a city is held to.

Nouns: platform profile (how a platform's files read), receipt (one delivery and what came of it), part (one Parquet file
of the lake), order line, indicator, observation (an officially reported figure).
Verbs: receive_file, void_receipt, report_figure.
Invariants: a line is counted once however often and in whatever order it is sent; PostgreSQL says which parts are visible,
so that a delivery is wholly there or not at all; buyers are kept as keyed hashes only; gross and net stand side by side;
what is not known is None and never 0.
Journals written: none of the four; `Observation` is append-only.
"""
