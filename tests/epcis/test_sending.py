"""Nothing is sent to where only we may go: planted addresses of every kind."""

from __future__ import annotations

import ipaddress
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tiantou.epcis import sending

PRIVATE = [
    "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104 - planted
    "255.255.255.255",
    "224.0.0.1", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "fec0::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:4136:e378::1", "::127.0.0.1", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("number", PRIVATE)
def test_an_address_that_is_nobodys_on_the_internet_is_not_public(number):
    assert not sending.is_public(ipaddress.ip_address(number))


@pytest.mark.parametrize("number", ["1.1.1.1", "223.5.5.5", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_a_public_address_is_public(number):
    assert sending.is_public(ipaddress.ip_address(number))


@pytest.mark.parametrize(
    "dest",
    [
        "", "x", "ftp://example.org/", "file:///etc/passwd", "http://", "http:///x", "http://user:pw@example.org/", "http://example.org/#x",
        "http://example.org:22/", "http://example.org:0/", "http://example.org:99999/", "http://exa mple.org/", "http://example.org/\r\nX: y",
        "gopher://example.org/", "http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/meta-data", "http://[::ffff:10.0.0.1]/",
        "http://[", "https://example.org/" + "x" * 2000,
    ],
    ids=lambda dest: dest[:40],
)  # fmt: skip
def test_a_dest_that_is_none_is_refused_by_its_text(dest):
    with pytest.raises(sending.NotSendable):
        sending.read(dest)


def test_a_name_that_points_inside_is_refused_even_if_it_also_points_outside(monkeypatch):
    entries = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, 80)) for number in ("1.1.1.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: entries)
    with pytest.raises(sending.NotSendable):
        sending.resolve(sending.read("http://both.example.org/"))


@pytest.mark.parametrize("name", ["2130706433", "0x7f.1", "127.1", "0177.0.0.1", "localhost"])
def test_other_spellings_of_this_machine_are_refused(name):
    with pytest.raises((sending.NotSendable, sending.NotDelivered)):
        sending.post(f"http://{name}/", b"{}", {})


class Receiver(BaseHTTPRequestHandler):
    answers = 200
    taken: list = []  # noqa: RUF012 - what the test looks at

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).taken.append((self.path, dict(self.headers), body))
        self.send_response(self.answers)
        self.send_header("Location", "http://169.254.169.254/")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def receiver(settings):
    settings.TIANTOU_SUBSCRIBERS_MAY_BE_LOCAL = True
    handler = type("Handler", (Receiver,), {"taken": [], "answers": 200})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    handler.address = f"http://localhost:{server.server_port}/hook?x=1"
    yield handler
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_connection_goes_to_the_address_that_was_looked_at(receiver, monkeypatch):
    looked = []
    real = socket.getaddrinfo

    def once(host, *args, **kwargs):
        looked.append(host)
        return real(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", once)
    assert sending.post(receiver.address, b"{}", {"X-A": "b"}) == 200
    path, headers, body = receiver.taken[0]
    assert (path, headers["X-A"], body) == ("/hook?x=1", "b", b"{}")
    assert headers["Host"].startswith("localhost:")
    assert looked.count("localhost") == 1


@pytest.mark.parametrize("status", [301, 302, 307, 404, 500])
def test_a_redirect_is_not_followed_and_a_refusal_is_no_delivery(receiver, status):
    receiver.answers = status
    with pytest.raises(sending.NotDelivered):
        sending.post(receiver.address, b"{}", {})
    assert len(receiver.taken) == 1


def test_a_receiver_that_is_not_there_is_told(receiver):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(sending.NotDelivered):
        sending.post(f"http://127.0.0.1:{port}/", b"{}", {})


def test_a_receiver_that_drips_is_cut_off(receiver, monkeypatch):
    monkeypatch.setattr(sending, "_WHOLE_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(sending.NotDelivered):
        sending.post(f"http://127.0.0.1:{silent.getsockname()[1]}/", b"{}", {})


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(receiver, tmp_path):
    """A receiver with TLS and a certificate of its own making."""
    import ssl
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path / "own.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server = HTTPServer(("127.0.0.1", 0), receiver)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.timeout = 5
    thread = threading.Thread(target=server.handle_request, daemon=True)
    thread.start()
    with pytest.raises(sending.NotDelivered, match="CERTIFICATE_VERIFY_FAILED"):
        sending.post(f"https://localhost:{server.server_port}/hook", b"{}", {})
    server.server_close()
    assert receiver.taken == []
