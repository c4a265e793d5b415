"""Field market (田头市场): the place at the edge of the field where a harvest becomes goods.

Nouns: intake (入场), grading (定级), packing (包装), pack (一件), crate (一箱), cold room (冷库), price quote (报价).
Verbs: `take_in`, `grade`, `pack`, `stow`, `read_temperature`, `quote_price`.
Invariants: nothing comes in without a valid commitment certificate where the decree asks for one; grades and loss together
weigh exactly what was taken in; packs never weigh more than their lot; every pack has its own serial number.
Journals written: trace (receiving, transforming, packing with aggregation, temperature), stock (move in, convert).
"""
