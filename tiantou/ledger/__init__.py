"""账 money and entitlements in double entry."""
