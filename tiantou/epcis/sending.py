"""Sending to addresses that strangers name, without being sent to where only we may go (SSRF).

The name is resolved once, every address that it has must be a public one, and the connection is made to the address that was looked
at: what the name means a moment later does not matter. No redirect is followed, no proxy of the environment is used, and an answer
counts only by its status.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.conf import settings

#: Seconds for the connection, and for the whole exchange.
_CONNECT_S = 5
_WHOLE_S = 15
_LONGEST = 2000
#: Ports below 1024 other than the web's are other services' doors.
_WEB_PORTS = frozenset({80, 443})
_FIRST_FREE_PORT = 1024
_LAST_PORT = 65535
#: IPv6 ranges that carry an IPv4 address: translation (RFC 6052, RFC 8215), 6to4, Teredo.
_CARRIERS = tuple(ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))


class NotSendable(Exception):
    """The address is none that is sent to; the sentence says why."""


class NotDelivered(Exception):
    """The receiver could not be reached or did not take it."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to send, as far as its text says."""

    scheme: str
    host: str
    port: int
    target: str


def read(dest: str) -> Address:
    """The address of a callback, if its text is one that may be sent to. Raises: NotSendable."""
    if len(dest) > _LONGEST or any(sign <= " " or sign == "\x7f" for sign in dest):
        raise NotSendable("dest is no web address.")
    try:
        parts = urllib.parse.urlsplit(dest)
        host, port = parts.hostname, parts.port
    except ValueError as fault:
        raise NotSendable("dest is no web address.") from fault
    if parts.scheme not in {"http", "https"} or not host:
        raise NotSendable("dest must be an address with http or https.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise NotSendable("dest must not hold a name, password or fragment.")
    port = port if port is not None else (443 if parts.scheme == "https" else 80)
    if port not in _WEB_PORTS and not _FIRST_FREE_PORT <= port <= _LAST_PORT:
        raise NotSendable(f"Nothing is sent to port {port}.")
    try:
        ascii_host = host.encode("idna").decode() if not host.isascii() else host
        target = urllib.parse.quote(parts.path or "/", safe="/%:@!$&'()*+,;=-._~")
        query = "?" + urllib.parse.quote(parts.query, safe="/?%:@!$&'()*+,;=-._~") if parts.query else ""
    except UnicodeError as fault:
        raise NotSendable("dest is no web address.") from fault
    with contextlib.suppress(ValueError):
        _require_public(ipaddress.ip_address(ascii_host))
    return Address(parts.scheme, ascii_host, port, target + query)


def resolve(address: Address) -> str:
    """The one IP address that is connected to. Raises: NotSendable if any that the name has is not public; NotDelivered if it has none."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        raise NotDelivered(f"{address.host} has no address.") from fault
    numbers = [str(entry[4][0]).partition("%")[0] for entry in found]
    for number in numbers:
        _require_public(ipaddress.ip_address(number))
    return numbers[0]


def _require_public(number: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if settings.TIANTOU_SUBSCRIBERS_MAY_BE_LOCAL and number.is_loopback:
        return
    if not is_public(number):
        raise NotSendable(f"{number} is not a public address.")


def is_public(number: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is somebody's on the public internet, also behind an IPv6 form of an IPv4 address."""
    if isinstance(number, ipaddress.IPv6Address):
        if number.ipv4_mapped is not None:
            return is_public(number.ipv4_mapped)
        if any(number in network for network in _CARRIERS) or number.is_site_local:
            return False
    return number.is_global and not number.is_multicast and not number.is_reserved and not number.is_unspecified


def post(dest: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The body was sent and the receiver took it; returns its status (200 to 299). Raises: NotSendable; NotDelivered."""
    address = read(dest)
    number = resolve(address)
    connection = _Pinned(address, number)
    try:
        with _deadline(connection):
            connection.request("POST", address.target, body=body, headers=dict(headers))
            status = connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError) as fault:
        raise NotDelivered(f"{type(fault).__name__}: {fault}"[:300]) from fault
    finally:
        connection.close()
    if not 200 <= status <= 299:  # noqa: PLR2004 - taken
        raise NotDelivered(f"The receiver answered {status}.")
    return status


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was looked at, under the name that was asked for."""

    def __init__(self, address: Address, number: str) -> None:
        super().__init__(address.host, address.port, timeout=_CONNECT_S)
        self.default_port = 443 if address.scheme == "https" else 80
        self.secure = address.scheme == "https"
        self.number = number

    def connect(self) -> None:
        """The socket stands, secured where the address says so, with the certificate of the name."""
        self.sock = socket.create_connection((self.number, self.port), timeout=_CONNECT_S)
        if self.secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


@contextlib.contextmanager
def _deadline(connection: http.client.HTTPConnection) -> Iterator[None]:
    """However slowly the receiver drips, the exchange ends: the connection is cut under it."""

    def cut() -> None:
        if connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(_WHOLE_S, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
