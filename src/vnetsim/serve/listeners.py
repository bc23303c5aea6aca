"""Where the server listens: `-H tcp://HOST:PORT`, `-H unix://PATH`, and TLS (opts/hosts.go, cmd/dockerd of moby 28.5).

Unlike dockerd it listens on loopback addresses only, unless --anywhere is given: who reaches the API commands the lab.
Not modelled: fd:// and npipe://.
"""

from __future__ import annotations

import ipaddress
import ssl
from pathlib import Path
from typing import Final

from vnetsim.errors import NotModelled, UsageError
from vnetsim.values import frozen

DEFAULT_HOST: Final = "tcp://127.0.0.1:2375"
PORT: Final = 2375
TLS_PORT: Final = 2376


@frozen
class TcpHost:
    address: str
    port: int

    def __str__(self) -> str:
        return f"tcp://{f'[{self.address}]' if ':' in self.address else self.address}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        try:
            return ipaddress.ip_address(self.address).is_loopback
        except ValueError:
            return self.address == "localhost"


@frozen
class UnixHost:
    path: str

    def __str__(self) -> str:
        return f"unix://{self.path}"


Host = TcpHost | UnixHost


def parse_host(text: str, *, tls: bool = False, anywhere: bool = False) -> Host:
    """opts.ParseHost: UsageError for what is no address, or none of this computer alone unless `anywhere`."""
    kind, colon, rest = text.partition("://")
    if not colon:
        kind, rest = "tcp", text
    if kind in ("fd", "npipe"):
        raise NotModelled(f"-H {kind}://")
    if kind == "unix":
        return UnixHost(rest or "/var/run/docker.sock")
    if kind != "tcp":
        raise UsageError(f"-H {text}: expected tcp://HOST:PORT or unix://PATH")
    host = _tcp(text, rest, TLS_PORT if tls else PORT)
    if not host.is_loopback and not anywhere:
        who = "whoever reaches it commands the lab"
        raise UsageError(f"-H {text}: not a loopback address, and {who}; --anywhere allows it")
    return host


def _tcp(text: str, rest: str, default: int) -> TcpHost:
    rest = rest.rstrip("/")
    address, colon, port = rest.rpartition(":")
    if not colon or rest.endswith("]"):
        address, port = rest, str(default)
    if not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise UsageError(f"-H {text}: {port!r} is no port")
    return TcpHost(address.strip("[]") or "127.0.0.1", int(port))


@frozen(kw_only=True)
class Tls:
    """--tlscert, --tlskey, --tlscacert; `verify` (--tlsverify): clients need a certificate of that authority."""

    certificate: Path
    key: Path
    authority: Path
    verify: bool = False

    def context(self) -> ssl.SSLContext:
        """UsageError for files that cannot be used."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as error:
            pair = f"{self.certificate}, {self.key}"
            raise UsageError(f"could not load X509 key pair ({pair}): {_reason(error)}") from None
        if self.verify:
            try:
                context.load_verify_locations(self.authority)
            except (OSError, ssl.SSLError) as error:
                raise UsageError(f"could not read CA certificate {self.authority}: {_reason(error)}") from None
            context.verify_mode = ssl.CERT_REQUIRED
        return context


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
