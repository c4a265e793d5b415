"""Logistics (物流): consignments from pick-up to delivery with proof.

Nouns: consignment, item (one pack of it), receiver, proof.
Verbs: `consign`, `pick_up`, `deliver`, `report_trouble`, `cancel_consignment`.
Invariants: a pack travels in one living consignment; what is picked up is exactly what was booked; a consignment is delivered once; the
receiver's name, telephone and address are seen by the shipper, the carrier and the receiver only.
Journals written: `trace` (shipping, receiving). It announces `ConsignmentPickedUp` and `ConsignmentDelivered`.
"""
