"""溯源事件 what happened to goods: EPCIS 2.0 events."""
