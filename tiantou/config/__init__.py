"""The composition point: settings, URLs, the worker, the wiring of events to subscribers, the `tiantou` command.

The only package that imports everything; nothing imports it.
"""
