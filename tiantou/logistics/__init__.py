"""物流 consignments and delivery."""
