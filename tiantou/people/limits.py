"""Rate limits shared by all processes: token buckets in PostgreSQL, each taken by one atomic statement.

A bucket holds up to `burst` tries and gains one every `every` seconds. Time is an argument, so a limit can be tested
without waiting; a clock that goes backwards never gives tries back.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from tiantou.kernel.errors import Refused
from tiantou.people.models import Bucket

#: Seconds within which floats may differ.
_HAIR = 1e-6
_LEVEL = (
    "LEAST(%(burst)s::float8, b.level"
    " + GREATEST(EXTRACT(EPOCH FROM (%(at)s::timestamptz - b.at)), 0)::float8 / %(every)s::float8)"
)
# One statement: two processes can never both take the last try. On its own it does not wait for the disk: a bucket that a crash sets back by
# a few tries harms nobody, and every call of a token would wait. Inside a transaction of others it leaves their commit as it is.
_TAKE = f"""
INSERT INTO people_bucket AS b (key, level, at)
SELECT %(key)s, %(burst)s - 1, %(at)s::timestamptz
FROM (SELECT set_config('synchronous_commit', COALESCE(%(commit)s, current_setting('synchronous_commit')), true)) waiting
ON CONFLICT (key) DO UPDATE SET level = {_LEVEL} - 1, at = GREATEST(b.at, %(at)s)
WHERE {_LEVEL} >= 1 RETURNING b.level
"""  # noqa: S608 - only constants of this module are put in; values are parameters
_LEFT = f"SELECT {_LEVEL} FROM people_bucket b WHERE key = %(key)s"  # noqa: S608 - as above


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `burst` tries at once and one more every `every` seconds."""

    name: str
    burst: int
    every: float


#: Wrong passwords and codes of one account: five at once, then one in twelve minutes: at most ten in any hour, and nobody
#: can lock a stranger out for longer than twelve minutes.
GUESS = Limit("guess", 5, 720)
#: Codes sent to one phone: three at once, then one in five minutes.
CODE = Limit("code", 3, 300)
#: What one address may try of sign-in, whatever the account; a village behind one address still gets in.
ADDRESS = Limit("address", 60, 5)
#: Sign-ups from one address.
SIGN_UP = Limit("sign-up", 10, 120)
#: Calls of one token.
API = Limit("api", 600, 0.1)
#: Calls of one token to the trace platform, where machines send event by event.
MACHINE = Limit("machine", 20_000, 0.0005)
#: Unknown tokens from one address.
UNKNOWN_TOKEN = Limit("unknown-token", 20, 30)


class TooMany(Refused):
    """Too many tries; `retry_after` seconds from now there is one again."""

    status = 429
    code = "too-many"

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        minutes = math.ceil(retry_after / 60)
        wait = (
            _("请过 %(n)d 秒再试。") % {"n": retry_after}
            if retry_after < 60  # noqa: PLR2004 - seconds of a minute
            else _("请过 %(n)d 分钟再试。") % {"n": minutes}
        )
        super().__init__(_("试的次数太多了。"), wait)


def take(limit: Limit, subject: object, *, at: datetime) -> None:
    """One try under `limit` by `subject` (a phone, an address, a key) is used up.

    Raises: TooMany where none is left; nothing is used up then.
    """
    values: dict[str, str | int | float | datetime | None] = {
        "key": _key(limit, subject),
        "burst": limit.burst,
        "every": limit.every,
        "at": at,
        "commit": None if connection.in_atomic_block else "off",
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        if cursor.fetchone() is None:
            cursor.execute(_LEFT, values)
            row = cursor.fetchone()
            level = float(row[0]) if row else 0.0
            raise TooMany(max(1, math.ceil((1 - level) * limit.every - _HAIR)))


def clear(limit: Limit, subject: object) -> None:
    """All tries of `subject` are there again: the right password was given."""
    Bucket.objects.filter(key=_key(limit, subject)).delete()


def sweep(*, at: datetime) -> int:
    """Buckets untouched for a day are gone (all are full again by then); returns how many."""
    deleted: int = Bucket.objects.filter(at__lt=at - timedelta(days=1)).delete()[0]
    return deleted


def _key(limit: Limit, subject: object) -> str:
    """A keyed hash, so that the table says nothing about who tried."""
    mac = hmac.new(settings.SECRET_KEY.encode(), f"{limit.name}:{subject}".encode(), hashlib.sha256)
    return f"{limit.name}:{mac.hexdigest()[:40]}"
