"""田头市场 weigh, grade, pack, label."""
