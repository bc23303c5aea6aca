"""Who is not root verifies, too, where the kernel lets him have user namespaces."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real import kernel_session, machine
from vnetsim.backends.linux import Kernel

SOURCES = Path(__file__).parent.parent.parent / "src"
#: The user and the group `nobody`, whom no file belongs to.
NOBODY = 65_534
SESSION = """\
# Two namespaces and a cable.

$ ip netns add a
$ ip link add v0 type veth peer name eth0 netns a
$ ip addr add 10.0.0.1/24 dev v0
$ ip -n a addr add 10.0.0.2/24 dev eth0
$ ip link set v0 up
$ ip -n a link set eth0 up
$ ping -c 1 -W 1 10.0.0.2
$ ip netns exec a iptables -A INPUT -p icmp -j DROP
$ ping -c 1 -W 0.4 10.0.0.2
$ ip netns exec a sysctl -n net.ipv4.ip_forward
"""


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A directory that everybody may read."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def as_nobody(python: str, words: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(SOURCES), *map(sysconfig.get_path, ("purelib", "platlib"))])
    return subprocess.run(
        [python, *words], user=NOBODY, group=NOBODY, extra_groups=[], cwd=cwd, text=True, capture_output=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def python(place: Path) -> str:
    """A Python that nobody may start, and in which he may read vnetsim; this one's may be in somebody's home."""
    for candidate in (sys.executable, "/usr/bin/python3"):
        try:
            if not as_nobody(
                candidate, ["-c", "import vnetsim.cli.verify, vnetsim.verify.scenarios"], place
            ).returncode:
                return candidate
        except OSError:
            continue
    pytest.skip("there is no Python here that nobody may start and that finds vnetsim")


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    if os.geteuid() != 0:
        pytest.skip("we are not root: every other test of verify is this one")
    with kernel_session() as kernel:
        yield kernel


def test_nobody_plays_on_the_real_kernel_as_root_does(kernel: Kernel, place: Path, python: str) -> None:
    machine(kernel, "ip", "ping", "iptables", "sysctl")
    (place / "cable.session").write_text(SESSION, "utf-8")
    verified = as_nobody(python, ["-m", "vnetsim.cli", "verify", "cable.session"], place)
    if "this kernel gives us no namespaces of our own" in verified.stderr:
        pytest.skip(verified.stderr.strip())
    assert (verified.returncode, verified.stderr) == (0, ""), verified.stdout
    assert "cable.session: 10 of 10 steps the same" in verified.stdout
    assert "no difference" in verified.stdout


def test_nobody_is_root_in_a_user_namespace(kernel: Kernel, place: Path, python: str) -> None:
    del kernel
    words = (
        "from vnetsim.backends.acts import CommandAct\nfrom vnetsim.backends.linux import Kernel\n"
        "with Kernel() as kernel:\n"
        "    step, = kernel.play([CommandAct('id -u')]).steps\n"
        "    print(kernel.user_namespace, step['stdout'].strip())\n"
    )
    told = as_nobody(python, ["-c", words], place)
    if told.returncode:
        pytest.skip(told.stderr.strip().rpartition("\n")[2])
    assert told.stdout == "True 0\n"
