"""生产 bases, plots and lots."""
