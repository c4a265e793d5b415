#!/usr/bin/env python3
"""Django's own command, for contributors; operators use `tiantou`."""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tiantou.config.settings")
    from tiantou.config import embedded

    data = Path(os.environ.get("TIANTOU_DATA") or Path(__file__).parent / "data").resolve()
    if "makemigrations" not in sys.argv or os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = embedded.url(data)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
