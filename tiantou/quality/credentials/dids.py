"""Under which names and keys certificates are signed: `did:web` of the platform and of every issuer."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from tiantou.quality.credentials import keys, proofs
from tiantou.registry.models import Party

CONTEXTS = [
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/multikey/v1",
    "https://w3id.org/security/jwk/v1",
]


def platform() -> str:
    """The platform's own name; its document lies at `/.well-known/did.json`."""
    return "did:web:" + quote(urlsplit(settings.BASE_URL).netloc, safe=".-")


def of_code(code: str) -> str:
    """The name of the issuer with a register code; its document lies at `/issuers/<code>/did.json`."""
    return f"{platform()}:issuers:{quote(code, safe='')}"


def code_in(did: str) -> str | None:
    """The register code in one of our own issuers' names; None for anybody else's."""
    head = f"{platform()}:issuers:"
    return unquote(did.removeprefix(head)) if did.startswith(head) and ":" not in did.removeprefix(head) else None


def document(did: str) -> dict[str, Any]:
    """The DID document: every published key, newest first, each as Multikey and as JWK."""
    methods: list[dict[str, Any]] = []
    for generation in reversed(keys.published()):
        public = generation.key_of(did).public_key()
        methods += [
            {
                "id": method_id(did, generation),
                "type": "Multikey",
                "controller": did,
                "publicKeyMultibase": proofs.multikey(public),
            },
            {
                "id": jose_id(did, generation),
                "type": "JsonWebKey",
                "controller": did,
                "publicKeyJwk": proofs.jwk(public, kid=jose_id(did, generation)),
            },
        ]
    made = {
        "@context": CONTEXTS,
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }
    # The platform keeps its issuers' keys for them; the document says so instead of leaving it to be guessed.
    return made if did == platform() else {**made, "controller": platform()}


def method_id(did: str, generation: keys.Generation) -> str:
    """How proofs name the key."""
    return f"{did}#key-{generation.number}"


def jose_id(did: str, generation: keys.Generation) -> str:
    """How JOSE names the key."""
    return f"{did}#jwk-{generation.number}"


def key_of(method: str) -> Ed25519PublicKey:
    """The key of a verification method of our own, or of a `did:key`; nothing is fetched.

    Raises: proofs.Unverifiable for anybody else's, and for keys that are published no more.
    """
    did, _, fragment = method.partition("#")
    if did.startswith("did:key:"):
        return proofs.did_key(method)
    code = code_in(did)
    if did != platform() and (code is None or not Party.objects.filter(code=code).exists()):
        raise proofs.Unverifiable(method)
    for generation in keys.published():
        if fragment in {f"key-{generation.number}", f"jwk-{generation.number}"}:
            return generation.key_of(did).public_key()
    raise proofs.Unverifiable(method)
