"""Where the studio listens, and who is let near it."""

from __future__ import annotations

import datetime
import ipaddress
import os
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from storymaker.errors import SetupError
from storymaker.server.address import Address
from storymaker.server.app import _Doors
from storymaker.server.users import UserStore
from tests.server.real import CHEAP, PASSWORD, studio, until


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signed itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certfile, keyfile = tmp_path / "cert.pem", tmp_path / "key.pem"
    certfile.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    keyfile.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certfile, keyfile


def storymaker(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line, to its end."""
    environment = os.environ | {"STORYMAKER_HOME": str(folder / "home"), "STORYMAKER_BOOKS": str(folder / "books")}
    return subprocess.run(
        [sys.executable, "-m", "storymaker", *arguments], capture_output=True, text=True, env=environment, cwd=folder,
        timeout=60, check=False,
    )  # fmt: skip


# Who may reach it


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "LOCALHOST", "::1", "[::1]"])
def test_this_machine_alone_needs_nothing(host: str) -> None:
    """Neither users nor encryption."""
    assert Address(host).is_local
    Address(host).check(has_users=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "studio.example", "localhost.example", ""])
def test_others_reach_it_only_with_users_and_encryption(host: str) -> None:
    """Each of them is asked for, in words that say how."""
    address = Address(host)
    with pytest.raises(SetupError, match="storymaker user add"):
        address.check(has_users=False)
    with pytest.raises(SetupError, match="--certfile"):
        address.check(has_users=True)
    encrypted = Address(host, certfile=Path("c.pem"), keyfile=Path("k.pem"))
    with pytest.raises(SetupError, match="storymaker user add"):
        encrypted.check(has_users=False)
    encrypted.check(has_users=True)
    Address(host, behind_proxy=True).check(has_users=True)


def test_behind_a_proxy_there_are_users_too() -> None:
    """For the proxy lets others come to this machine's own address."""
    with pytest.raises(SetupError, match="storymaker user add"):
        Address(behind_proxy=True).check(has_users=False)
    Address(behind_proxy=True).check(has_users=True)


def test_a_certificate_needs_its_key() -> None:
    """One without the other is a slip."""
    with pytest.raises(SetupError, match="both"):
        Address(certfile=Path("c.pem")).check(has_users=True)


@pytest.mark.parametrize("asked", ["127.0.0.1:8866", "localhost", "LocalHost:1", "[::1]:8866", "127.0.0.1"])
def test_this_machine_is_asked_for_by_its_own_names(asked: str) -> None:
    """With or without a port."""
    assert Address().admits(asked)


@pytest.mark.parametrize(
    "asked", ["evil.example", "127.0.0.1.evil.example:8866", "", ":8866", "8.8.8.8", "localhost:x"]
)
def test_another_name_is_not_admitted(asked: str) -> None:
    """Unless others may reach the studio at all: by which name, we do not know."""
    assert not Address().admits(asked)
    assert Address("0.0.0.0").admits(asked)
    assert Address(behind_proxy=True).admits(asked)


def test_its_address_can_be_typed() -> None:
    """Whatever it listens on."""
    assert Address().url(1) == "http://127.0.0.1:1"
    for host in ("::1", "[::1]"):
        assert Address(host).url(1) == "http://[::1]:1"
    assert Address("0.0.0.0").url(1) == f"http://{socket.gethostname()}:1"
    assert Address(certfile=Path("c"), keyfile=Path("k")).url(1) == "https://127.0.0.1:1"


# Where it listens


def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path) -> None:
    """And status 2, at once, with nothing started."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = storymaker(tmp_path, "studio", "--port", str(port), "--no-browser")
    assert done.returncode == 2
    assert done.stderr == (
        f"Port {port} is taken, perhaps by another Story Studio: open http://127.0.0.1:{port}, "
        "or choose another with --port.\n"
    )
    assert done.stdout == ""


def test_a_host_that_is_not_this_machine_is_a_sentence(tmp_path: Path) -> None:
    """Not a name that nobody knows; nor, without users, everybody's."""
    with pytest.raises(SetupError, match="cannot listen"):
        Address("no-such-host.invalid").bind()
    done = storymaker(tmp_path, "studio", "--host", "0.0.0.0", "--port", "0", "--no-browser")
    assert done.returncode == 2
    assert "storymaker user add" in done.stderr


def test_what_is_no_certificate_is_a_sentence(tmp_path: Path) -> None:
    """Missing, or something else; before anything is started."""
    for name, text in (("missing.pem", None), ("other.pem", "not a certificate")):
        file = tmp_path / name
        if text is not None:
            file.write_text(text)
        with pytest.raises(SetupError, match="--certfile and --keyfile"):
            Address(certfile=file, keyfile=file).tls()
    done = storymaker(tmp_path, "studio", "--port", "0", "--certfile", "missing.pem", "--keyfile", "missing.pem")
    assert done.returncode == 2


def test_with_a_certificate_everything_is_encrypted(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    """The cookie is for encrypted connections only; kernels reach the studio by an address of their own."""
    certfile, keyfile = certificate
    with studio(tmp_path / "s", "--certfile", str(certfile), "--keyfile", str(keyfile)) as started:
        assert started.url.startswith("https://127.0.0.1:")
        session = requests.Session()
        session.trust_env, session.verify = False, str(certfile)
        entered = session.get(started.link, timeout=20, allow_redirects=False)
        assert "; Secure" in entered.headers["Set-Cookie"]
        assert "cell-output+json" in started.visit(session).html
        assert entered.headers["Strict-Transport-Security"] == "max-age=31536000"
        with pytest.raises(requests.ConnectionError):
            requests.get(started.url.replace("https", "http"), timeout=20)
        context = ssl.create_default_context(cafile=str(certfile))
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_behind_a_proxy_the_proxy_says_who_asks_and_how(tmp_path: Path) -> None:
    """The cookie is for encrypted connections; the host is the public one."""
    UserStore(_home(tmp_path), hasher=CHEAP).add("Ada", PASSWORD)
    public = {"Host": "studio.example", "X-Real-IP": "203.0.113.7"}
    with studio(tmp_path, "--behind-proxy") as started:
        assert started.printed == [f"Story Studio: {started.url}/"]
        session = requests.Session()
        form = started.get("/login", session, headers=public)
        assert form.status_code == 200
        assert form.headers["Strict-Transport-Security"] == "max-age=31536000"
        xsrf = str(session.cookies["_xsrf"])
        answer = session.post(
            f"{started.url}/login", data={"username": "Ada", "password": PASSWORD, "_xsrf": xsrf},
            headers=public | {"Origin": "https://studio.example"}, timeout=20, allow_redirects=False,
        )  # fmt: skip
        assert answer.status_code == 303
        assert "storymaker-session-443" in answer.headers["Set-Cookie"]
        assert "; Secure" in answer.headers["Set-Cookie"]
        until(lambda: started.health()["worker"] == "up")


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"X-Real-IP": "203.0.113.7"}, "203.0.113.7"),
        ({"X-Real-IP": "203.0.113.7", "X-Forwarded-For": "198.51.100.1"}, "203.0.113.7"),
        ({"X-Forwarded-For": "198.51.100.1"}, "127.0.0.1"),
        ({"X-Real-IP": "198.51.100.1, 203.0.113.7"}, "203.0.113.7"),
        ({"X-Real-IP": "[2001:db8::7]"}, "2001:db8::7"),
        ({"X-Real-IP": "no address"}, "127.0.0.1"),
        ({"X-Real-IP": "203.0.113.7,"}, "127.0.0.1"),
        ({}, "127.0.0.1"),
    ],
)
def test_one_header_says_who_asks(headers: dict[str, str], found: str) -> None:
    """Of its value the proxy's own word, which is the last; what else is sent is made up."""
    address = Address(behind_proxy=True)
    assert address.find_caller(HTTPHeaders(headers), "127.0.0.1") == found


def test_the_header_is_the_one_that_is_set() -> None:
    """A proxy with a header of another name has only that believed."""
    address = Address(behind_proxy=True, proxy_header="X-Forwarded-For")
    sent = HTTPHeaders({"X-Real-IP": "198.51.100.1", "X-Forwarded-For": "198.51.100.2, 203.0.113.7"})
    assert address.find_caller(sent, "127.0.0.1") == "203.0.113.7"


@pytest.mark.parametrize("behind_proxy", [True, False])
def test_who_asks_is_made_up_by_nobody(behind_proxy: bool) -> None:
    """Every handler is told who asks by that header alone, and only behind a proxy."""
    doors = _Doors(Address(behind_proxy=behind_proxy), [])
    sent = HTTPHeaders({"Host": "localhost", "X-Real-IP": "203.0.113.7", "X-Forwarded-For": "198.51.100.1"})
    request = HTTPServerRequest(
        start_line=RequestStartLine("GET", "/", "HTTP/1.1"), headers=sent, connection=cast(Any, FakeConnection())
    )
    doors.find_handler(request)
    assert request.remote_ip == ("203.0.113.7" if behind_proxy else "10.0.0.1")
    assert request.protocol == ("https" if behind_proxy else "http")


class FakeConnection:
    """A connection from somewhere."""

    context = SimpleNamespace(remote_ip="10.0.0.1", protocol="http")

    def set_close_callback(self, _: object) -> None:
        pass


def _home(folder: Path) -> Path:
    home = folder / "home"
    home.mkdir(mode=0o700, parents=True)
    return home
