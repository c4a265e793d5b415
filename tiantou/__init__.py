"""Tiantou (田头): the public side of a region's farm-product e-commerce, from the edge of the field to the table."""

__version__ = "0.1.0"
