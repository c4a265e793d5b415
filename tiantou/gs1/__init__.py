"""GS1: the world's identifiers of goods, places and shipping units, and the addresses that carry them. Pure, no Django.

Nouns: key (GTIN, SSCC, GLN …), EPC URN, Digital Link.
Invariants: a number with a wrong check digit is no identifier; a URN and a Digital Link of the same thing are told to be the same.
"""
