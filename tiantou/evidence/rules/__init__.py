"""The rules of the log, without Django, clock or disk: the tree, the signed notes, the receipts."""
