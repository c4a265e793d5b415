"""The register (登记簿): who and where, what and under which papers. One machine serves every kind.

Nouns: record (party, site, product, brand, certificate, standard, agreement, asset, occasion, document, shop), kind (a YAML
file below `kinds/`), designation (that a record was of a kind from a date to a date), link (membership, succession, franchise),
revision (what changed, when, by whom).
Verbs: `register_record`, `amend_record`, `confirm_record`, `close_record`, `link_parties`, `import_sheet`, `undo_import`.
Invariants: a record is never deleted; every change has a revision; a code is unique among the living of its register;
identity numbers are kept only as keyed hashes.
Journals written: none.
"""
