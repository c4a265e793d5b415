"""`@verb` makes a function a verb of the trade: permitted, atomic, idempotent where a key is given, and on record."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, ParamSpec, TypeVar, cast

from django.apps import apps
from django.db import models, transaction

from tiantou.kernel.access import Access
from tiantou.kernel.actor import Actor
from tiantou.kernel.errors import KeyReused
from tiantou.kernel.models import Deed, IdempotencyKey

P = ParamSpec("P")
R = TypeVar("R")

#: Every verb by its full name, for the tests that hold all verbs to the same rules.
VERBS: dict[str, Callable[..., Any]] = {}


def verb(access: Access) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a keyword-only function with `by: Actor` and `at: datetime` a verb.

    Afterwards: `access` is checked first; the whole call is one transaction; a `Deed` is written in it. If the function
    takes `key: str` and it is not empty, the first call stores it and a later call of the same actor with the same
    arguments returns the first result (a model instance or None) and changes nothing.

    Raises: NotPermitted; KeyReused if the key came with other arguments.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        name = f"{function.__module__.removeprefix('tiantou.').partition('.')[0]}.{function.__name__}"

        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            by = cast("Actor", kwargs["by"])
            at = cast("datetime", kwargs["at"])
            access.require(by)
            with transaction.atomic():
                claim = _claim(name, by, at, kwargs)
                if claim is not None and claim.result_model:
                    return cast("R", _stored_result(claim))
                result = function(*args, **kwargs)
                _settle(claim, result)
                record_deed(verb=name, by=by, at=at, subject=result)
                return result

        run.access = access  # type: ignore[attr-defined]
        VERBS[name] = run
        return run

    return decorate


def record_deed(
    *, verb: str, by: Actor, at: datetime, subject: object = None, detail: dict[str, Any] | None = None
) -> None:
    """A deed of `verb` is on record, in the caller's transaction."""
    label = f"{subject._meta.label_lower}:{subject.pk}" if isinstance(subject, models.Model) else ""
    Deed.objects.create(
        at=at,
        verb=verb,
        role=by.role,
        person_id=by.person_id,
        name=by.name,
        party_id=by.party_id,
        consent_id=by.consent_id,
        subject=label,
        detail=detail or {},
    )


def _claim(name: str, by: Actor, at: datetime, kwargs: dict[str, Any]) -> IdempotencyKey | None:
    """The stored or newly made row of this submission's key; None where no key was given."""
    key = kwargs.get("key")
    if not key:
        return None
    fingerprint = _fingerprint(kwargs)
    scope = f"{name}:{by.person_id or by.role}:{by.party_id or ''}"
    # ON CONFLICT waits for a concurrent first call to commit or fail, so two calls cannot both be first.
    row = IdempotencyKey(scope=scope, key=key, fingerprint=fingerprint, at=at)
    IdempotencyKey.objects.bulk_create([row], ignore_conflicts=True)
    stored = IdempotencyKey.objects.get(scope=scope, key=key)
    if stored.fingerprint != fingerprint:
        raise KeyReused
    return stored


def _settle(claim: IdempotencyKey | None, result: object) -> None:
    if claim is None:
        return
    if isinstance(result, models.Model):
        claim.result_model, claim.result_pk = result._meta.label_lower, str(result.pk)
    else:
        claim.result_model = "none"
    claim.save(update_fields=["result_model", "result_pk"])


def _stored_result(claim: IdempotencyKey) -> models.Model | None:
    if claim.result_model == "none":
        return None
    model = apps.get_model(claim.result_model)
    result: models.Model = model._default_manager.get(pk=claim.result_pk)
    return result


def _fingerprint(kwargs: dict[str, Any]) -> str:
    """SHA-256 over the arguments, except when and by whom they came."""
    facts = {name: _plain(value) for name, value in kwargs.items() if name not in {"at", "by", "key"}}
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False, default=repr).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return f"{value._meta.label_lower}:{value.pk}"
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    return value
