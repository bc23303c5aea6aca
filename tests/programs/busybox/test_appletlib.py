"""What the C library of an image says of errors: musl in alpine, glibc in busybox.

Captured in the file systems of the public alpine 3.20 (busybox 1.36.1) and busybox 1.38.0, in an empty namespace.
"""

from __future__ import annotations

import pytest

from vnetsim import Lab

WORDS = [
    ("alpine", "ping -c1 8.8.8.8", "ping: sendto: Network unreachable\n"),
    ("busybox", "ping -c1 8.8.8.8", "ping: sendto: Network is unreachable\n"),
    ("alpine", "ip route add 10.3.0.0/16 via 9.9.9.9", "ip: RTNETLINK answers: Network unreachable\n"),
    ("busybox", "ip route add 10.3.0.0/16 via 9.9.9.9", "ip: RTNETLINK answers: Network is unreachable\n"),
    ("alpine", "wget -T1 http://8.8.8.8/", "wget: can't connect to remote host (8.8.8.8): Network unreachable\n"),
    ("busybox", "wget -T1 http://8.8.8.8/", "wget: can't connect to remote host (8.8.8.8): Network is unreachable\n"),
]


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab()
    for image in ("alpine", "busybox"):
        lab.run(f"docker run -d --name {image} --network none --privileged {image} sleep infinity", expected=0)
    return lab


@pytest.mark.parametrize(("image", "command", "message"), WORDS)
def test_an_error_is_in_the_words_of_the_c_library(lab: Lab, image: str, command: str, message: str) -> None:
    assert lab.run(f"docker exec {image} {command}").stderr.endswith(message)
