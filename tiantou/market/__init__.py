"""Market (交易): offers of packed lots, orders, payment records.

Nouns: offer, order, payment record.
Verbs: `offer`, `withdraw_offer`, `place_order`, `record_payment`, `confirm_payment`, `consign_order`, `cancel_order`; by announcement of
`logistics`: `note_picked_up`, `note_delivered`, `note_consignment_cancelled`.
Invariants: what is ordered is reserved in stock in the same transaction, so nothing is sold twice; a state is left only by its listed verbs
and only once; the platform never holds a buyer's money, it records what banks and payment institutions did; a receiver's address is seen by
the seller, the carrier and the buyer only.
Journals written: `stock` (reservations, shipping), `ledger`.
"""
