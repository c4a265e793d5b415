"""The portal (门户): pages that cross domains, and the GS1 Digital Link resolver.

Home, the workbench of each role, the officials' console, search over everything, the scan page that a consumer opens from a pack, the
resolver that leads programs (`/id/…`), and the opinion with what of it is served.

Nouns: link set, scan (扫码计数), suspicious pattern (可疑扫码), complaint (投诉).
Verbs: `file_complaint`, `answer_complaint`, `sweep_scans`; `count_scan` counts without a deed.
Invariants: a scan leaves no address, device or person behind; only the number of a complaint opens its answer; what is no Digital Link
is never answered as if it were one.
"""
