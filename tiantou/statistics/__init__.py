"""统计 feeds from platforms and indicators."""
