"""Where the studio listens, who may reach it there, and what it is called."""

from __future__ import annotations

import errno
import ipaddress
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tornado.netutil import bind_sockets

from storymaker.errors import SetupError

_LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True)
class Address:
    """Where the studio listens.

    Attributes:
        port: 0 takes any that is free.
        certfile: Certificate for TLS, with its chain, as PEM.
        keyfile: Its private key.
        behind_proxy: A reverse proxy with TLS stands in front and says who asks.
        proxy_header: The one header by which it says so; no other is believed.
    """

    host: str = _LOOPBACK
    port: int = 8866
    certfile: Path | None = None
    keyfile: Path | None = None
    behind_proxy: bool = False
    proxy_header: str = "X-Real-IP"

    @property
    def is_encrypted(self) -> bool:
        """Whether browsers come by TLS, ours or the proxy's."""
        return self.behind_proxy or self.certfile is not None

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return _is_loopback(self.host)

    def check(self, *, has_users: bool) -> None:
        """Refuse to be reached by others without a login and without encryption.

        Raises:
            SetupError: With what is missing.
        """
        if (self.certfile is None) != (self.keyfile is None):
            raise SetupError("TLS needs both --certfile and --keyfile.")
        if self.is_local and not self.behind_proxy:
            return
        if not has_users:
            raise SetupError(
                "Others could reach the studio there, and nobody has a password yet. "
                "Please add somebody first: storymaker user add NAME."
            )
        if self.certfile is None and not self.behind_proxy:
            raise SetupError(
                f"On {self.host}, passwords and photos would travel unencrypted. Please give --certfile and --keyfile, "
                "or --behind-proxy if a reverse proxy with TLS stands in front of the studio."
            )

    def bind(self) -> list[socket.socket]:
        """Take exactly this port.

        Raises:
            SetupError: If it is taken or not ours.
        """
        try:
            return bind_sockets(self.port, _bare(self.host))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", errno.EADDRINUSE)):
                raise SetupError(
                    f"Port {self.port} is taken, perhaps by another Story Studio: open {self.url(self.port)}, "
                    "or choose another with --port."
                ) from None
            raise SetupError(
                f"The studio cannot listen on {self.host}, port {self.port} ({error.strerror or error}). "
                "Please choose another --host or --port."
            ) from None
        except OverflowError:
            raise SetupError("A port is a number from 1 to 65535. Please choose another --port.") from None

    def tls(self) -> ssl.SSLContext | None:
        """How connections are encrypted; None if they are not.

        Raises:
            SetupError: If certificate and key cannot be used.
        """
        if self.certfile is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            context.load_cert_chain(self.certfile, self.keyfile)
        except (OSError, ssl.SSLError) as error:
            raise SetupError(
                f"The certificate and key cannot be used ({error.strerror or type(error).__name__}). "
                "Please check --certfile and --keyfile: both must be PEM files that belong together."
            ) from None
        return context

    def url(self, port: int) -> str:
        """What to type into a browser, without the slash at its end."""
        host = socket.gethostname() if self.host in ("", "0.0.0.0", "::") else self.host  # noqa: S104
        name = f"[{_bare(host)}]" if ":" in host else host
        return f"{'https' if self.certfile else 'http'}://{name}:{port}"

    def find_caller(self, headers: Mapping[str, str], peer: str) -> str:
        """Tell from which address a request comes.

        A proxy that adds to what its own caller sent puts what it saw itself last: all before that may be made up.

        Args:
            headers: Of the request.
            peer: Who is at the other end of the connection.
        """
        said = headers.get(self.proxy_header, "").rpartition(",")[2].strip()
        try:
            return str(ipaddress.ip_address(_bare(said)))
        except ValueError:
            return peer

    def admits(self, asked: str) -> bool:
        """Whether a request may name this host.

        A page of somebody else's, whose name was made to point at this machine, names itself: it is turned away.
        """
        return not self.is_local or self.behind_proxy or _is_loopback(re.sub(r":\d*$", "", asked))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(_bare(host)).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _bare(host: str) -> str:
    """An address of the newer kind without its brackets."""
    return host.removeprefix("[").removesuffix("]")
