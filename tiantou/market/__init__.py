"""交易 offers, orders, payment records."""
