"""Spreadsheets of the register: what is read from them, and what is written into them."""
