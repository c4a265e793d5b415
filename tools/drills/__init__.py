"""The drills of `make drill`: faults on purpose against a real platform of their own, and checks that can fail."""
