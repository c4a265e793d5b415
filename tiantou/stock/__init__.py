"""库存 how much of which lot is where."""
