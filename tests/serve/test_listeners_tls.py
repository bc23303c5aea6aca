"""Real TLS handshakes, with certificates that the test makes: openssl's, where it is on PATH."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from vnetsim import Lab
from vnetsim.errors import UsageError
from vnetsim.serve.listeners import TcpHost, Tls
from vnetsim.serve.server import APIServer

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="needs the program openssl, to make certificates")

PING = b"GET /_ping HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n\r\n"


def openssl(directory: Path, *arguments: str) -> None:
    assert OPENSSL is not None
    subprocess.run([OPENSSL, *arguments], cwd=directory, check=True, capture_output=True, timeout=60)


def make_authority(directory: Path, name: str) -> None:
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}-key.pem")
    openssl(directory, "req", "-x509", *key, "-subj", f"/CN={name}", "-days", "2", "-out", f"{name}.pem")


def sign(directory: Path, name: str, authority: str, extension: str) -> None:
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}-key.pem")
    openssl(directory, "req", "-new", *key, "-subj", f"/CN={name}", "-out", f"{name}.csr")
    (directory / f"{name}.ext").write_text(extension, "utf-8")
    signer = ("-CA", f"{authority}.pem", "-CAkey", f"{authority}-key.pem", "-CAcreateserial")
    openssl(directory, "x509", "-req", "-in", f"{name}.csr", *signer, "-days", "2", "-extfile", f"{name}.ext",
            "-out", f"{name}.pem")  # fmt: skip


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ca, and server and client that it has signed; other, and stranger that that one has."""
    directory = tmp_path_factory.mktemp("certificates")
    make_authority(directory, "ca")
    make_authority(directory, "other")
    sign(directory, "server", "ca", "subjectAltName = IP:127.0.0.1\nextendedKeyUsage = serverAuth\n")
    sign(directory, "client", "ca", "extendedKeyUsage = clientAuth\n")
    sign(directory, "stranger", "other", "extendedKeyUsage = clientAuth\n")
    return directory


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab(docker=True)


def client(certificates: Path, name: str | None, authority: str = "ca") -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certificates / f"{authority}.pem")
    if name is not None:
        context.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}-key.pem")
    return context


async def ping(host: TcpHost, context: ssl.SSLContext | None) -> bytes:
    """b"" for a connection that is closed or refused."""
    try:
        reader, writer = await asyncio.open_connection(host.address, host.port, ssl=context)
    except (ssl.SSLError, ConnectionError):
        return b""
    try:
        writer.write(PING)
        return await reader.read()
    except (ssl.SSLError, ConnectionError):
        return b""
    finally:
        writer.transport.abort()


def served(lab: Lab, certificates: Path, *, verify: bool, ask: Callable[[TcpHost], Awaitable[None]]) -> None:
    async def main() -> None:
        tls = Tls(
            certificate=certificates / "server.pem", key=certificates / "server-key.pem",
            authority=certificates / "ca.pem", verify=verify,
        )  # fmt: skip
        server = APIServer(lab, speed=None)
        (host,) = await server.listen([TcpHost("127.0.0.1", 0)], tls)
        assert isinstance(host, TcpHost)
        try:
            async with asyncio.timeout(60):
                await ask(host)
        finally:
            server.close()
            await server.wait_closed()

    asyncio.run(main())


def test_a_client_that_trusts_the_authority_is_served(lab: Lab, certificates: Path) -> None:
    async def ask(host: TcpHost) -> None:
        assert (await ping(host, client(certificates, None))).endswith(b"\r\n\r\nOK")

    served(lab, certificates, verify=False, ask=ask)


def test_a_client_that_does_not_trust_it_goes_away_and_others_are_served(lab: Lab, certificates: Path) -> None:
    async def ask(host: TcpHost) -> None:
        assert await ping(host, client(certificates, None, "other")) == b""
        assert await ping(host, None) == b""
        assert (await ping(host, client(certificates, None))).endswith(b"OK")

    served(lab, certificates, verify=False, ask=ask)


def test_tlsverify_serves_those_that_the_authority_has_signed_only(lab: Lab, certificates: Path) -> None:
    async def ask(host: TcpHost) -> None:
        assert await ping(host, client(certificates, None)) == b""
        assert await ping(host, client(certificates, "stranger")) == b""
        assert (await ping(host, client(certificates, "client"))).endswith(b"OK")

    served(lab, certificates, verify=True, ask=ask)


def test_a_key_of_another_certificate_is_one_sentence(certificates: Path) -> None:
    tls = Tls(
        certificate=certificates / "server.pem", key=certificates / "client-key.pem", authority=certificates / "ca.pem"
    )  # fmt: skip
    with pytest.raises(UsageError, match="could not load X509 key pair"):
        tls.context()


def test_an_authority_that_is_no_certificate_is_one_sentence(certificates: Path) -> None:
    tls = Tls(
        certificate=certificates / "server.pem", key=certificates / "server-key.pem",
        authority=certificates / "client-key.pem", verify=True,
    )  # fmt: skip
    with pytest.raises(UsageError, match="could not read CA certificate"):
        tls.context()
