"""Pages of growers: plots, field records, harvest, lots; and the lot page for everybody who may see the lot."""

from tiantou.production.pages import lots, plots, sheets

__all__ = ["lots", "plots", "sheets"]
