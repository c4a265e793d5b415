"""The portal (门户): pages that cross domains. It owns no table and writes nothing.

Home, the workbench of each role, the officials' console, search over everything, the scan page that a consumer opens from a pack, and
the opinion with what of it is served.
"""
