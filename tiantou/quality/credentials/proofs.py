"""Signatures on documents, pure: multibase, did:key, Data Integrity `eddsa-jcs-2022` (W3C vc-di-eddsa), JOSE (W3C vc-jose-cose)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tiantou.kernel import jcs

SUITE = "eddsa-jcs-2022"
#: RFC 9864 names the curve; `EdDSA` is what older libraries know.
ALGORITHMS = ("Ed25519", "EdDSA")
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519 = b"\xed\x01"
_KEY_BYTES, _SIGNATURE_BYTES = 32, 64
#: A key or a signature has at most 64 bytes; longer text is refused before it is decoded.
_LONGEST = 200

Document = dict[str, Any]
#: Gives the key of a verification method for a purpose; raises `Unverifiable` where it knows none.
Resolver = Callable[[str], Ed25519PublicKey]


class Unverifiable(ValueError):
    """The document cannot be checked: no proof, another kind of proof, or a key that nobody here knows."""


class Altered(ValueError):
    """The signature is not that of this document: it was changed, or never signed by this key."""


def base58(data: bytes) -> str:
    """Base58 as bitcoin writes it."""
    number, out = int.from_bytes(data), ""
    while number:
        number, rest = divmod(number, 58)
        out = _ALPHABET[rest] + out
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + out


def unbase58(text: str) -> bytes:
    """The bytes of a base58 text. Raises: Unverifiable."""
    number = 0
    if len(text) > _LONGEST:
        raise Unverifiable(text[:20])
    for letter in text:
        place = _ALPHABET.find(letter)
        if place < 0:
            raise Unverifiable(text)
        number = number * 58 + place
    body = number.to_bytes((number.bit_length() + 7) // 8)
    return b"\0" * (len(text) - len(text.lstrip("1"))) + body


def base64url(data: bytes) -> str:
    """Base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unbase64url(text: str) -> bytes:
    """The bytes of such a text. Raises: Unverifiable."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as fault:
        raise Unverifiable(text[:20]) from fault


def multikey(key: Ed25519PublicKey) -> str:
    """A public key as `publicKeyMultibase`."""
    return "z" + base58(_ED25519 + key.public_bytes_raw())


def from_multikey(text: str) -> Ed25519PublicKey:
    """The Ed25519 key of a `publicKeyMultibase`. Raises: Unverifiable for any other kind of key."""
    raw = unbase58(text[1:]) if text[:1] == "z" else b""
    if raw[:2] != _ED25519 or len(raw) != _KEY_BYTES + 2:
        raise Unverifiable(text[:80])
    return Ed25519PublicKey.from_public_bytes(raw[2:])


def did_key(method: str) -> Ed25519PublicKey:
    """The key that a `did:key:z…#z…` is. Raises: Unverifiable."""
    did, _, fragment = method.partition("#")
    name = did.removeprefix("did:key:")
    if name == did or fragment not in {"", name}:
        raise Unverifiable(method)
    return from_multikey(name)


def secured(document: Mapping[str, Any], key: Ed25519PrivateKey, *, method: str, created: str) -> Document:
    """The document with its proof (vc-di-eddsa, section 3.3.1); the same input gives the same bytes."""
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": created,
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
        "@context": document["@context"],
    }
    signature = key.sign(hash_data(document, options))
    return {**document, "proof": {**options, "proofValue": "z" + base58(signature)}}


def hash_data(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """What is signed: the hash of the proof's options, then that of the document (section 3.3.4)."""
    return hashlib.sha256(jcs.canonical(options)).digest() + hashlib.sha256(jcs.canonical(document)).digest()


def check(document: Mapping[str, Any], resolve: Resolver) -> Document:
    """The document without its proofs, each of which holds for it (section 3.3.2).

    Raises: Unverifiable; Altered.
    """
    proofs = document.get("proof")
    listed: list[Any] = proofs if isinstance(proofs, list) else [proofs]
    if not listed or not all(isinstance(proof, dict) for proof in listed):
        message = "no proof"
        raise Unverifiable(message)
    bare = {name: value for name, value in document.items() if name != "proof"}
    for proof in listed:
        _check_one(bare, proof, resolve)
    return bare


def _check_one(bare: Document, proof: Mapping[str, Any], resolve: Resolver) -> None:
    wanted = {"type": "DataIntegrityProof", "cryptosuite": SUITE, "proofPurpose": "assertionMethod"}
    if any(proof.get(name) != value for name, value in wanted.items()) or "previousProof" in proof:
        message = "another kind of proof"
        raise Unverifiable(message)
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    method, value = proof.get("verificationMethod"), proof.get("proofValue")
    if not isinstance(method, str) or not isinstance(value, str) or value[:1] != "z":
        message = "no signature"
        raise Unverifiable(message)
    signed = bare
    if "@context" in options:
        own, said = _listed(bare.get("@context")), _listed(options["@context"])
        if own[: len(said)] != said:
            message = "@context"
            raise Altered(message)
        signed = {**bare, "@context": options["@context"]}
    _verify(resolve(method), unbase58(value[1:]), hash_data(signed, options))


def _verify(key: Ed25519PublicKey, signature: bytes, data: bytes) -> None:
    if len(signature) != _SIGNATURE_BYTES:
        message = "signature length"
        raise Altered(message)
    try:
        key.verify(signature, data)
    except InvalidSignature as fault:
        message = "signature"
        raise Altered(message) from fault


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def jws(payload: Mapping[str, Any], key: Ed25519PrivateKey, *, kid: str, algorithm: str = ALGORITHMS[0]) -> str:
    """The payload as a compact JWS of the media type `application/vc+jwt` (vc-jose-cose, section 3.1.1)."""
    header = {"alg": algorithm, "typ": "vc+jwt", "cty": "vc", "kid": kid}
    signed = f"{base64url(jcs.canonical(header))}.{base64url(jcs.canonical(payload))}"
    return f"{signed}.{base64url(key.sign(signed.encode()))}"


def check_jws(text: str, resolve: Resolver) -> tuple[Document, str]:
    """The payload of a compact JWS whose signature holds, and the `kid` it was signed with.

    Raises: Unverifiable; Altered.
    """
    parts = text.strip().split(".")
    if len(parts) != 3 or not all(parts):  # noqa: PLR2004 - header, payload, signature
        message = "no compact JWS"
        raise Unverifiable(message)
    try:
        header, payload = (jcs.parse(unbase64url(part)) for part in parts[:2])
    except jcs.NotCanonical as fault:
        raise Unverifiable(str(fault)) from fault
    if not isinstance(header, dict) or not isinstance(payload, dict) or {"crit", "b64"} & header.keys():
        message = "no JWS header that is understood"
        raise Unverifiable(message)
    if header.get("alg") not in ALGORITHMS or not isinstance(header.get("kid"), str):
        raise Unverifiable(json.dumps(header.get("alg")))
    _verify(resolve(header["kid"]), unbase64url(parts[2]), f"{parts[0]}.{parts[1]}".encode())
    return payload, header["kid"]


def jwk(key: Ed25519PublicKey, *, kid: str) -> dict[str, str]:
    """A public key as JWK (RFC 8037). It names no algorithm: libraries disagree whether it is `Ed25519` or `EdDSA`."""
    return {"kty": "OKP", "crv": "Ed25519", "x": base64url(key.public_bytes_raw()), "kid": kid, "use": "sig"}
