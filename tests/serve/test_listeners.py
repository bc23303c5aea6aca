"""-H, and the certificates of TLS."""

from __future__ import annotations

from pathlib import Path

import pytest

from vnetsim.errors import NotModelled, UsageError
from vnetsim.serve.listeners import Tls, parse_host


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tcp://127.0.0.1:2375", "tcp://127.0.0.1:2375"),
        ("tcp://", "tcp://127.0.0.1:2375"),
        ("tcp://:9000", "tcp://127.0.0.1:9000"),
        ("127.0.0.1:0", "tcp://127.0.0.1:0"),
        ("tcp://localhost", "tcp://localhost:2375"),
        ("tcp://[::1]:2375", "tcp://[::1]:2375"),
        ("tcp://[::1]", "tcp://[::1]:2375"),
        ("unix:///run/d.sock", "unix:///run/d.sock"),
        ("unix://", "unix:///var/run/docker.sock"),
    ],
)
def test_an_address_is_read_as_dockerd_reads_it(text: str, shown: str) -> None:
    assert str(parse_host(text)) == shown


def test_tls_has_a_port_of_its_own() -> None:
    assert str(parse_host("tcp://127.0.0.1", tls=True)) == "tcp://127.0.0.1:2376"


@pytest.mark.parametrize(
    "text", ["tcp://127.0.0.1:x", "tcp://127.0.0.1:65536", "http://127.0.0.1", "tcp://127.0.0.1:-1"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="-H "):
        parse_host(text)


@pytest.mark.parametrize(
    "text", ["tcp://0.0.0.0:2375", "tcp://192.168.1.1:2375", "tcp://[::]:2375", "tcp://example.org"]
)
def test_others_may_not_reach_it_unless_they_are_meant_to(text: str) -> None:
    with pytest.raises(UsageError, match="--anywhere"):
        parse_host(text)
    assert not getattr(parse_host(text, anywhere=True), "is_loopback", True)


@pytest.mark.parametrize("text", ["fd://", "npipe:////./pipe/docker_engine"])
def test_what_is_not_modelled_is_refused_by_name(text: str) -> None:
    with pytest.raises(NotModelled, match="-H "):
        parse_host(text)


def test_a_certificate_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    tls = Tls(certificate=tmp_path / "c.pem", key=tmp_path / "k.pem", authority=tmp_path / "ca.pem")
    with pytest.raises(UsageError, match="could not load X509 key pair"):
        tls.context()
