"""The register's pages: the same addresses for everybody, the face chosen by who looks."""

from tiantou.registry.pages import batches, forms, lists, records

__all__ = ["batches", "forms", "lists", "records"]
