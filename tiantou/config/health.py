"""`/livez`: the process answers. `/readyz`: it can also read and write its database, and its schema is current."""

from __future__ import annotations

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from tiantou import __version__
from tiantou.kernel.access import PUBLIC


def livez(request: HttpRequest) -> JsonResponse:
    """200 while the process serves."""
    return JsonResponse({"status": "ok", "version": __version__})


def readyz(request: HttpRequest) -> JsonResponse:
    """200 when pages can be served; 503 naming what is missing."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return JsonResponse({"status": "unavailable", "database": "down"}, status=503)
    if waiting:
        return JsonResponse({"status": "unavailable", "migrations": len(waiting)}, status=503)
    return JsonResponse({"status": "ok", "database": "ok", "migrations": 0})


livez.access = readyz.access = PUBLIC  # type: ignore[attr-defined]
