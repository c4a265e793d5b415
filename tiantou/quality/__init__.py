"""质量 commitment certificates."""
