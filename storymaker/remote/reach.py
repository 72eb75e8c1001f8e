"""How a server is reached from here: through which proxy, and by which certificates. The look ahead and the call go one way."""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from storymaker.errors import ProviderError
from storymaker.remote.hosts import LOOPBACK_ONLY, is_loopback
from storymaker.remote.transport import GuardedTransport, Heard

if TYPE_CHECKING:
    import httpx2

_CONNECT_SECONDS: Final = 10.0
_PROXY_SECONDS: Final = 2.0
_PORTS: Final = {"http": 80, "https": 443}
_SOCKS: Final = ("socks5", "socks5h")
_SYSTEM: Final = "this system’s proxy settings"


@dataclass(frozen=True)
class Proxy:
    """A proxy that stands between here and a server.

    Attributes:
        url: Where it is.
        named_by: The variable that names it, or what else does.
    """

    url: str = field(repr=False)  # may hold a password
    named_by: str

    @property
    def where(self) -> str:
        """Its kind, host and port, without name and password."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def open_async(url: str, seconds: float, heard: Heard) -> httpx2.AsyncClient:
    """Make a client for calls to a server; every answer is capped.

    Args:
        url: Where the server is.
        seconds: What a call may take.
        heard: Remembers the last answer.

    Raises:
        ProviderError: Code "environment" if a variable here is in the way; it is named.
    """
    import httpx2

    proxy, trust = proxy_to(url), _trust_for(url)
    inner = httpx2.AsyncHTTPTransport(verify=trust, trust_env=False, proxy=proxy.url if proxy else None)
    timeout = httpx2.Timeout(seconds, connect=_CONNECT_SECONDS)
    return httpx2.AsyncClient(transport=GuardedTransport(inner, heard), timeout=timeout, trust_env=False)


def open_sync(url: str, seconds: float) -> httpx2.Client:
    """Make a client for a short look at a server, by the same way as its calls.

    Raises:
        ProviderError: See `open_async`.
    """
    import httpx2

    proxy = proxy_to(url)
    return httpx2.Client(verify=_trust_for(url), trust_env=False, proxy=proxy.url if proxy else None, timeout=seconds)


def trouble_on_the_way(url: str) -> str:
    """Say what of this environment keeps a server from being reached, in a sentence; empty where nothing does.

    A proxy is knocked at; the server itself is not.
    """
    try:
        _trust_for(url)
        proxy = proxy_to(url)
    except ProviderError as error:
        return error.message
    if proxy is None:
        return ""
    parts = urlsplit(proxy.url)
    if os.environ.get(LOOPBACK_ONLY) and not is_loopback(parts.hostname or ""):
        return ""
    try:
        socket.create_connection((parts.hostname, _port(parts)), _PROXY_SECONDS).close()
    except OSError:
        return shut(proxy)
    return ""


def shut(proxy: Proxy) -> str:
    """A sentence about a proxy that is not there."""
    return f"The proxy {proxy.where}, which {proxy.named_by} names, cannot be reached. Please correct {proxy.named_by}, or unset it."


def proxy_to(url: str) -> Proxy | None:
    """The proxy on the way to a server; this very machine is reached without one.

    Raises:
        ProviderError: Code "environment" if it is of a kind that cannot be used here.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host) or proxy_bypass(f"{host}:{_port(parts)}") or _in_a_network_without(host):
        return None
    told = getproxies()
    kind = next((kind for kind in (parts.scheme, "all") if told.get(kind)), "")
    if not kind:
        return None
    address = told[kind] if "://" in told[kind] else f"http://{told[kind]}"
    proxy = Proxy(address, next(_variables(kind), _SYSTEM))
    if not _usable(address):
        raise _wrong(
            f"{proxy.named_by} names a proxy that cannot be used here ({proxy.where}). Please name one that begins with "
            f"http:// or https://, by HTTPS_PROXY, or unset {proxy.named_by}."
        )
    return proxy


def _usable(address: str) -> bool:
    try:
        parts = urlsplit(address)
        known = parts.scheme in _PORTS or (parts.scheme in _SOCKS and find_spec("socksio") is not None)
        return known and bool(parts.hostname) and bool(_port(parts))
    except ValueError:  # a port that is none
        return False


def _variables(kind: str) -> Iterator[str]:
    """The variables that may name a proxy of this kind, the one that counts first."""
    return (name for name in (f"{kind}_proxy", f"{kind}_proxy".upper()) if os.environ.get(name))


def _in_a_network_without(host: str) -> bool:
    """Whether NO_PROXY names a network that the host is in, as 192.168.0.0/16; the standard library reads names alone."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    for entry in getproxies().get("no", "").split(","):
        try:
            if "/" in entry and address in ipaddress.ip_network(entry.strip(), strict=False):
                return True
        except ValueError:  # as everywhere: what cannot be read excepts nobody
            continue
    return False


def _trust_for(url: str) -> ssl.SSLContext:
    """Whose certificates are believed; without TLS nobody's are looked at.

    Raises:
        ProviderError: Code "environment" if the variable that names them names nothing that can be read.
    """
    import httpx2

    if urlsplit(url).scheme != "https":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for name, there in (("SSL_CERT_FILE", Path.is_file), ("SSL_CERT_DIR", Path.is_dir)):
        if path := os.environ.get(name):
            if not there(Path(path)):
                raise _wrong(f"{name} names {path}, which is not there. Please correct {name}, or unset it.")
            break  # the second is read only without the first
    try:
        return httpx2.create_ssl_context()
    except OSError as error:  # ssl.SSLError is one
        named = next((name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE") if os.environ.get(name)), "")
        about = f"{named} names something that" if named else "This system’s list of certificates"
        advice = f"Please correct {named}, or unset it." if named else "Please set SSL_CERT_FILE to one."
        raise _wrong(f"{about} cannot be used for certificates ({type(error).__name__}). {advice}") from None


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS.get(parts.scheme, 1080)


def _wrong(sentence: str) -> ProviderError:
    return ProviderError(sentence, code="environment")
