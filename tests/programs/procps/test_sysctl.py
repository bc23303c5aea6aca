"""sysctl: keys, values and complaints.  Captured from procps-ng 4.0.2."""

from __future__ import annotations

import re
import shlex

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.programs.fake import Ended, FakeContext, FakeFiles, FakeNetwork, FakeProcess, run
from vnetsim.errors import Errno, KernelError
from vnetsim.lab import Lab
from vnetsim.programs.procps import sysctl


@attrs.define
class Parameters(FakeFiles):
    """Files that can be written; `refusals` says by path what write(2) answers."""

    refusals: dict[str, Errno] = attrs.field(factory=dict)

    def read(self, path: str) -> str:
        if self.is_directory(path):
            raise KernelError(Errno.EISDIR)
        return FakeFiles.read(self, path)

    def write(self, path: str, text: str) -> None:
        if path in self.refusals:
            raise KernelError(self.refusals[path])
        self.content[path] = text


PARAMETERS = {
    "/proc/sys/net/ipv4/ip_forward": "0\n",
    "/proc/sys/net/ipv4/ip_default_ttl": "64\n",
    "/proc/sys/net/ipv4/tcp_mem": "1\t2\t3\n",
    "/proc/sys/net/ipv4/conf/lo/forwarding": "1\n",
    "/proc/sys/net/ipv4/conf/eth0.5/forwarding": "0\n",
    "/proc/sys/net/ipv4/neigh/lo/retrans_time": "100\n",
    "/proc/sys/net/ipv4/neigh/lo/retrans_time_ms": "1000\n",
}


def sysctl_(command: str, refusals: dict[str, Errno] | None = None, **files: str) -> tuple[Ended, Parameters]:
    named = {f"/etc/{name}": text for name, text in files.items()}
    parameters = Parameters({**PARAMETERS, **named}, refusals=refusals or {})
    process = FakeProcess(shlex.split(command), FakeContext(network=FakeNetwork(), files=parameters))
    return run(sysctl.main, process), parameters


SAID: list[tuple[str, int, str, str]] = [
    ("net.ipv4.ip_forward", 0, "net.ipv4.ip_forward = 0\n", ""),
    ("net/ipv4/ip_forward", 0, "net.ipv4.ip_forward = 0\n", ""),
    ("net.ipv4.tcp_mem", 0, "net.ipv4.tcp_mem = 1\t2\t3\n", ""),
    ("net.ipv4.conf.eth0/5.forwarding", 0, "net.ipv4.conf.eth0/5.forwarding = 0\n", ""),
    ("net/ipv4/conf/eth0.5/forwarding", 0, "net.ipv4.conf.eth0/5.forwarding = 0\n", ""),
    ("-n net.ipv4.ip_forward net.ipv4.ip_default_ttl", 0, "0\n64\n", ""),
    ("-b net.ipv4.ip_forward", 0, "0", ""),
    ("-N net.ipv4.ip_forward", 0, "net.ipv4.ip_forward\n", ""),
    ("net.ipv4.conf", 0, "net.ipv4.conf.eth0/5.forwarding = 0\nnet.ipv4.conf.lo.forwarding = 1\n", ""),
    (
        "net.ipv4.ip_forward net.nosuch net.ipv4.ip_default_ttl",
        1,
        "net.ipv4.ip_forward = 0\nnet.ipv4.ip_default_ttl = 64\n",
        "sysctl: cannot stat /proc/sys/net/nosuch: No such file or directory\n",
    ),
    ("-e net.nosuch net.ipv4.ip_forward", 0, "net.ipv4.ip_forward = 0\n", ""),
    ("-ar forward$", 0, "net.ipv4.ip_forward = 0\n", ""),
    ("-a -r 'ip_(forward|default)'", 0, "net.ipv4.ip_default_ttl = 64\nnet.ipv4.ip_forward = 0\n", ""),
    ("-aN -r neigh", 0, "net.ipv4.neigh.lo.retrans_time_ms\n", ""),
    ("-aN --deprecated -r neigh", 0, "net.ipv4.neigh.lo.retrans_time\nnet.ipv4.neigh.lo.retrans_time_ms\n", ""),
    ("-w net.ipv4.ip_forward", 1, "", "sysctl: command line(0): invalid syntax, continuing...\n"),
    ("-w net.nosuch=1", 1, "", "sysctl: cannot stat /proc/sys/net/nosuch: No such file or directory\n"),
    ("-e -w net.nosuch=1", 0, "", ""),
    ("-w =1", 1, "", "sysctl: Path is not under /proc/sys/: /proc/sys/\n"),
    ("-V", 0, "sysctl from procps-ng 4.0.2\n", ""),
    ("-p /etc/nosuch", 1, "", 'sysctl: cannot open "/etc/nosuch": No such file or directory\n'),
]


@pytest.mark.parametrize(("words", "status", "out", "err"), SAID)
def test_what_sysctl_says(words: str, status: int, out: str, err: str) -> None:
    ended, parameters = sysctl_(f"sysctl {words}")
    assert (ended.status, ended.out, ended.err) == (status, out, err)
    assert parameters.content == PARAMETERS


WRITTEN: list[tuple[str, str]] = [
    ("net.ipv4.ip_forward=1", "net.ipv4.ip_forward = 1\n"),
    ("-w net.ipv4.ip_forward=1", "net.ipv4.ip_forward = 1\n"),
    ("-w 'net.ipv4.ip_forward = 1'", "net.ipv4.ip_forward = 1\n"),
    ("-w net/ipv4/ip_forward=1", "net.ipv4.ip_forward = 1\n"),
    ("-qw net.ipv4.ip_forward=1", ""),
    ("-nw net.ipv4.ip_forward=1", "1\n"),
    ("--dry-run -w net.ipv4.ip_forward=1", "net.ipv4.ip_forward = 1\n"),
]


@pytest.mark.parametrize(("words", "out"), WRITTEN)
def test_a_value_is_written_and_told(words: str, out: str) -> None:
    ended, parameters = sysctl_(f"sysctl {words}")
    assert (ended.status, ended.out, ended.err) == (0, out, "")
    written = parameters.content["/proc/sys/net/ipv4/ip_forward"]
    assert written == ("0\n" if "dry" in words else "1\n")


@pytest.mark.parametrize(
    ("errno", "status", "text"),
    [
        (Errno.EINVAL, 1, 'sysctl: setting key "net.ipv4.ip_forward": Invalid argument\n'),
        (Errno.EROFS, 1, 'sysctl: permission denied on key "net.ipv4.ip_forward"\n'),
        (Errno.EPERM, 1, 'sysctl: permission denied on key "net.ipv4.ip_forward"\n'),
        (Errno.EACCES, 0, 'sysctl: setting key "net.ipv4.ip_forward": Invalid argument\n'),
    ],
)
def test_a_value_that_is_refused(errno: Errno, status: int, text: str) -> None:
    ended, _ = sysctl_("sysctl -w net.ipv4.ip_forward=1", {"/proc/sys/net/ipv4/ip_forward": errno})
    assert (ended.status, ended.out, ended.err) == (status, "", text)


def test_settings_are_read_from_files() -> None:
    text = "# comment\n; another\n\nnet.ipv4.ip_forward = 1\n-net.nosuch = 5\nnonsense\nnet/ipv4/ip_default_ttl=32\n"
    ended, parameters = sysctl_("sysctl -p /etc/lab", lab=text)
    assert ended.out == "net.ipv4.ip_forward = 1\nnet.ipv4.ip_default_ttl = 32\n"
    assert ended.err == (
        "sysctl: /etc/lab(6): invalid syntax, continuing...\n"
        "sysctl: cannot stat /proc/sys/net/nosuch: No such file or directory\n"
    )
    assert parameters.content["/proc/sys/net/ipv4/ip_default_ttl"] == "32\n"
    assert sysctl_("sysctl --load=/etc/lab", lab="net.ipv4.ip_forward=1")[0].out == "net.ipv4.ip_forward = 1\n"


def test_how_to_use_it() -> None:
    assert sysctl_("sysctl")[0].err.startswith("\nUsage:\n sysctl [options] [variable[=value] ...]\n")
    assert sysctl_("sysctl")[0].status == 1
    assert sysctl_("sysctl -h")[0].out == sysctl_("sysctl")[0].err
    unknown, _ = sysctl_("sysctl -Z")
    assert (unknown.status, unknown.err) == (0, "sysctl: invalid option -- 'Z'\n")


NAMES = st.lists(st.text("abc_5", min_size=1, max_size=4), min_size=2, max_size=5, unique=True)


@given(NAMES, st.integers(0, 99))
def test_dots_and_slashes_mean_the_same(names: list[str], value: int) -> None:
    path = "/proc/sys/" + "/".join(names)
    for separator in "./":
        parameters = Parameters({path: f"{value}\n"})
        process = FakeProcess(["sysctl", separator.join(names)], FakeContext(network=FakeNetwork(), files=parameters))
        assert run(sysctl.main, process).out == f"{'.'.join(names)} = {value}\n"


def test_everything_is_listed_sorted_and_nothing_twice() -> None:
    printed = sysctl_("sysctl -aN")[0].out.splitlines()
    assert printed == sorted(set(printed), key=lambda name: re.split(r"[.]", name))
    assert len(printed) == len(PARAMETERS) - 1


def test_standard_input_is_loaded_as_a_file() -> None:
    lab = Lab(docker=False)
    told = lab.run("printf 'net.ipv4.ip_forward=1\\nfoo\\n' | sysctl -p - /nosuch")
    assert (told.exit_code, told.stdout) == (1, "net.ipv4.ip_forward = 1\n")
    assert told.stderr.splitlines() == [
        "sysctl: -(2): invalid syntax, continuing...",
        'sysctl: cannot open "/nosuch": No such file or directory',
    ]
    assert lab.run("echo net.ipv4.ip_forward=0 | sysctl -q -p /dev/stdin").output == ""
    assert lab.run("sysctl -n net.ipv4.ip_forward; echo x.y=1 | sysctl -p -").output.startswith(
        "0\nsysctl: cannot stat"
    )
