"""Each sysctl under net. is modelled, or without effect for a reason, or refused: kernel.sysctl.support."""

from __future__ import annotations

import ast
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from tests.kernel.sysctl_page import PAGE, page
from vnetsim import Lab
from vnetsim.errors import KernelError, NotModelled
from vnetsim.kernel.sysctl.support import DEVICE, Support, SysctlKind, pattern, table
from vnetsim.kernel.sysctl.values import Sysctls
from vnetsim.protocols.conntrack_tcp import ConntrackState

SOURCES = Path(__file__).parents[3] / "src" / "vnetsim"
#: Values that are no numbers.
OTHER_TEXTS = {
    "net/core/rps_default_mask": "1",
    "net/ipv4/tcp_allowed_congestion_control": "reno",
    "net/ipv4/tcp_fastopen_key": "00000000-11111111-22222222-33333333",
    "net/ipv4/ip_local_reserved_ports": "1",
    "net/mptcp/path_manager": "userspace",
    "net/mptcp/scheduler": "other",
}


def machine() -> Lab:
    """IPv4 settings of the machine's first namespace may all be written; it has a device v0."""
    lab = Lab(docker=False)
    assert lab.run("ip link add v0 type veth peer name v1")
    return lab


@cache
def shared() -> Lab:
    """One for the tests that write a key each."""
    return machine()


def sysctls(lab: Lab) -> Sysctls:
    return lab.network().namespace.sysctls


def of_kind(kind: SysctlKind) -> list[Support]:
    return [entry for entry in table().values() if entry.kind is kind]


def at_device(key: str) -> str:
    return key.replace(DEVICE, "v0")


def other_values(key: str, present: str) -> list[str]:
    """What might be written instead."""
    if key in OTHER_TEXTS or key.startswith("net/netfilter/nf_log/"):
        return [OTHER_TEXTS.get(key, "nf_log_syslog")]
    numbers = [int(number) for number in present.split() if number.lstrip("-").isdigit()]
    return [" ".join(str(number + step) for number in numbers) for step in (1, -1, 7, -7)]


def write_another(settings: Sysctls, key: str) -> None:
    """Write a value that the kernel takes and that is not the present one; KernelError where there is none."""
    present = settings.read(key)
    refusal = None
    for value in other_values(key, present):
        try:
            settings.write(key, value)
        except KernelError as error:
            refusal = error
            continue
        if settings.read(key) != present:
            return
    assert refusal is not None, key
    raise refusal


def test_every_key_of_a_namespace_is_in_one_list_and_no_other_is() -> None:
    known = {pattern(key) for key in sysctls(machine()).names()}
    assert known == set(table())


def test_what_has_no_effect_says_why_and_what_is_refused_says_what_is_missing() -> None:
    for entry in table().values():
        assert bool(entry.reason) == (entry.kind is SysctlKind.NO_EFFECT), entry
        assert bool(entry.missing) == (entry.kind is SysctlKind.REFUSED or bool(entry.values)), entry


@pytest.mark.parametrize("entry", of_kind(SysctlKind.REFUSED), ids=lambda entry: entry.key)
def test_a_refused_key_keeps_its_value_and_takes_no_other(entry: Support) -> None:
    settings, key = sysctls(shared()), at_device(entry.key)
    if key.endswith("/stable_secret"):
        with pytest.raises(NotModelled, match="stable_secret=fd00::1"):
            settings.write(key, "fd00::1")
        return
    before = settings.read(key)
    settings.write(key, before)
    with pytest.raises(NotModelled, match="not modelled: sysctl net"):
        write_another(settings, key)
    assert settings.read(key) == before


READ_ONLY = ("hash_entries", "/mc_forwarding", "available_path_managers", "available_schedulers")


@pytest.mark.parametrize("entry", of_kind(SysctlKind.NO_EFFECT), ids=lambda entry: entry.key)
def test_a_key_without_effect_can_be_written(entry: Support) -> None:
    settings, key = sysctls(shared()), at_device(entry.key)
    before = settings.read(key)
    try:
        write_another(settings, key)
    except KernelError:
        assert key.endswith(READ_ONLY), key
    else:
        assert settings.read(key) != before


@cache
def strings() -> frozenset[str]:
    """All texts in the sources of what acts on sysctls, with the parts of keys."""
    paths = chain.from_iterable(
        (SOURCES / part).rglob("*.py") for part in ("kernel", "protocols", "programs/iputils/ping")
    )
    trees = (ast.parse(path.read_text("utf-8")) for path in paths if path.parent.name != "sysctl")
    found = {
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return frozenset(part.rsplit("/", 1)[-1] for part in found)


def names_in_code(name: str) -> set[str]:
    """The texts by which code may name a key: itself, or what a format string adds to a prefix."""
    prefixes = ("nf_conntrack_", "bridge-nf-call-", "echo_ignore_")
    return {name, *(name.removeprefix(prefix) for prefix in prefixes)}


#: Read as what they are in milliseconds.
OTHER_UNITS = ("base_reachable_time", "retrans_time")
TIMEOUTS = {state.timeout for state in ConntrackState}
#: Read by the table itself.
OF_THE_TABLE = frozenset({
    "net/ipv4/ip_forward", "net/netfilter/nf_conntrack_count", "net/ipv4/tcp_available_congestion_control",
    "net/ipv4/route/flush",
    "net/ipv4/ip_local_port_range", "net/ipv4/ip_local_reserved_ports", "net/ipv4/ip_unprivileged_port_start",
    "net/ipv6/conf/DEVICE/addr_gen_mode",
})  # fmt: skip


@pytest.mark.parametrize("entry", of_kind(SysctlKind.MODELLED), ids=lambda entry: entry.key)
def test_code_reads_each_modelled_key(entry: Support) -> None:
    name = entry.key.rsplit("/", 1)[1]
    names = names_in_code({"unres_qlen": "unres_qlen_bytes"}.get(name, f"{name}_ms" if name in OTHER_UNITS else name))
    assert entry.key in OF_THE_TABLE or names & strings() or names & TIMEOUTS


@pytest.mark.parametrize(
    "entry", of_kind(SysctlKind.REFUSED) + of_kind(SysctlKind.NO_EFFECT), ids=lambda entry: entry.key
)
def test_code_reads_no_other_key(entry: Support) -> None:
    parts = entry.key.split("/")
    if len(parts) == 5:
        assert parts[-1] not in strings() or is_modelled_elsewhere(entry.key)
    else:
        assert entry.key not in all_keys_in_code()


def is_modelled_elsewhere(key: str) -> bool:
    """Whether the same name of the other address family is modelled."""
    other = key.replace("/ipv4/", "/ipv6/") if "/ipv4/" in key else key.replace("/ipv6/", "/ipv4/")
    return other in table() and table()[other].kind is SysctlKind.MODELLED


@cache
def all_keys_in_code() -> frozenset[str]:
    paths = (path for path in (SOURCES / "kernel").rglob("*.py") if path.parent.name != "sysctl")
    trees = (ast.parse(path.read_text("utf-8")) for path in paths)
    return frozenset(
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("sysctl -w net.ipv4.tcp_syncookies=2", "sysctl net.ipv4.tcp_syncookies=2 (SYN cookies for all)"),
        ("echo 2 > /proc/sys/net/ipv4/tcp_syncookies", "sysctl net.ipv4.tcp_syncookies=2 (SYN cookies for all)"),
        ("sysctl -w net.ipv4.conf.v0.medium_id=1", "sysctl net.ipv4.conf.v0.medium_id=1 (media ids)"),
        (
            "sysctl -w net.netfilter.nf_conntrack_max=10",
            "sysctl net.netfilter.nf_conntrack_max=10 (a table of connections that is full)",
        ),
    ],
)
def test_a_value_that_is_not_modelled_is_refused_aloud(command: str, text: str) -> None:
    result = machine().run(command)
    assert result.exit_code
    assert (result.stdout, result.stderr) == ("", f"vnetsim: not modelled: {text}\n")


def test_a_file_of_settings_is_read_to_its_end_and_the_refusal_counts() -> None:
    lab = machine()
    lines = "net.ipv4.tcp_syncookies = 2\\nnet.ipv4.ip_default_ttl = 33\\nnet.ipv4.tcp_syncookies = 1\\n"
    result = lab.run(f"printf '{lines}' > /etc/lab.conf; sysctl -p /etc/lab.conf")
    assert result.exit_code == 1
    assert result.stdout == "net.ipv4.ip_default_ttl = 33\nnet.ipv4.tcp_syncookies = 1\n"
    assert result.stderr == "vnetsim: not modelled: sysctl net.ipv4.tcp_syncookies=2 (SYN cookies for all)\n"


def test_docker_refuses_a_container_with_a_setting_that_is_not_modelled() -> None:
    lab = Lab.docker_host()
    result = lab.run("docker run --rm --sysctl net.ipv4.tcp_syncookies=2 busybox true")
    assert result.exit_code
    assert "vnetsim: not modelled: sysctl net.ipv4.tcp_syncookies=2 (SYN cookies for all)" in result.stderr
    assert lab.run("docker run --rm --sysctl net.ipv4.tcp_syncookies=1 busybox true")


def test_the_page_in_the_manual_is_made_from_the_lists() -> None:
    assert PAGE.read_text("utf-8") == page(), "python -m tests.kernel.sysctl_page"
