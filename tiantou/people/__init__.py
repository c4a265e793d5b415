"""People (人员): who signs in, in which roles, on whose behalf, and with which proof.

Nouns: person, appointment (a role for a party, site or area, dated), consent (委托), token, sign-in.
Verbs: `enrol_person`, `appoint`, `end_appointment`, `give_consent`, `withdraw_consent`, `issue_token`, `revoke_token`.
Invariants: a role comes only from a living appointment; a station acts for a villager only under a recorded consent;
tokens and identity numbers are kept only as hashes.
Journals written: none (deeds are the kernel's).
"""
