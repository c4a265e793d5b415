"""办件 procedures as lines of steps."""
