"""Which certificates no longer stand, or not for now, as status lists (W3C Bitstring Status List).

Each issuer signs its own lists. A list has 262,144 places (the standard asks for at least 131,072, so that whoever asks for
a list does not tell which certificate it looks at). A certificate's place follows from its key through a permutation that only
the platform knows: neighbours in time are no neighbours in the list, and no place is given twice.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from tiantou.quality.credentials import dids, keys, proofs
from tiantou.quality.models import Commitment

SIZE = 1 << 18
_HALF_BITS = 9
_HALF = (1 << _HALF_BITS) - 1
REVOCATION, SUSPENSION = PURPOSES = ("revocation", "suspension")
#: How long a verifier may rely on a list that it fetched.
TTL_MS = 60_000


def entries(commitment: Commitment) -> list[dict[str, str]]:
    """The `credentialStatus` of a certificate: where to see whether it was revoked, and whether its lot is held."""
    number, place = divmod(commitment.pk, SIZE)
    index = str(place_of(place))
    return [
        {
            "id": f"{address(commitment.issuer.code, purpose, number)}#{index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": purpose,
            "statusListIndex": index,
            "statusListCredential": address(commitment.issuer.code, purpose, number),
        }
        for purpose in PURPOSES
    ]


def address(code: str, purpose: str, number: int) -> str:
    """Where a list is published."""
    return f"{settings.BASE_URL}{reverse('quality:status_list', args=[code, purpose, number])}"


def place_of(number: int) -> int:
    """The place of the `number`-th certificate of a list: a permutation of all places (four rounds of Feistel)."""
    secret = _secret(str(keys.folder()))
    left, right = number >> _HALF_BITS, number & _HALF
    for step in range(4):
        digest = hmac.digest(secret, bytes([step, right >> 8, right & 255]), hashlib.sha256)
        left, right = right, left ^ (int.from_bytes(digest[:2]) & _HALF)
    return left << _HALF_BITS | right


@functools.cache
def _secret(folder: str) -> bytes:
    """What the permutation is made of; the first generation's, so that places stay when keys change."""
    del folder
    return keys.generations()[0].secret_for("status-places")


def encoded(places: Iterable[int]) -> str:
    """The bit string with these places set, compressed and as multibase: `encodedList`."""
    bits = bytearray(SIZE // 8)
    for place in places:
        bits[place >> 3] |= 0x80 >> (place & 7)
    return "u" + proofs.base64url(gzip.compress(bytes(bits), mtime=0))


def list_credential(code: str, purpose: str, number: int, at: datetime) -> dict[str, Any]:
    """The signed list of one issuer: as the tables have it now."""
    did, url = dids.of_code(code), address(code, purpose, number)
    rows = Commitment.objects.filter(issuer__code=code, pk__gte=number * SIZE, pk__lt=(number + 1) * SIZE)
    gone = rows.gone() if purpose == REVOCATION else rows.exclude(lot__hold_reason="")
    generation = keys.signing_at(at)
    stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": did,
        "validFrom": stamp,
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encoded(place_of(pk % SIZE) for pk in gone.values_list("pk", flat=True)),
            "ttl": TTL_MS,
        },
    }
    return proofs.secured(document, generation.key_of(did), method=dids.method_id(did, generation), created=stamp)
