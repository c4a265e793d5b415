"""Evidence (存证): a transparency log over the trace journal, so that nobody, not even the operator, can change the past unseen.

Nouns: leaf (a salted commitment to one event), checkpoint (signed root of the tree, RFC 6962), receipt, proof.
Verbs: `append_leaves`, `sign_checkpoint`, `erase_salt`.
Invariants: the tree only grows; every checkpoint is consistent with every earlier one; erasing a salt leaves all proofs valid.
Journals written: `Leaf`, `Checkpoint`.
"""
