"""门户 pages that cross domains."""
