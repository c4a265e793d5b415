"""Evidence (存证): a transparency log over the trace journal, so that nobody, not even the operator, can change the past unseen.

Nouns: leaf (a salted commitment to one event), salt (erasable, with personal facts), tile, checkpoint (signed root of the tree, RFC 6962),
key, cosignature (a witness's), erasure, receipt, proof, check.
Verbs: `append_leaves`, `sign_checkpoint`, `rotate_key`, `accept_cosignature`, `attach_personal`, `erase_salt`, `check_log`.
Invariants: every event is logged once; the tree only grows; every checkpoint continues every earlier one; erasing a salt leaves all proofs
valid and is itself a leaf.
Journals written: `Leaf`, `Checkpoint`, `Key`, `Cosignature`, `Erasure`, `Check`.
"""
