"""The files that a process sees: a tree, /proc/sys and /sys/class/net, and every refusal."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import examples
from tests.machines import pair, typed
from vnetsim import Lab
from vnetsim.errors import Errno, KernelError
from vnetsim.process.files import Files


def files(lab: Lab, namespace: str | None = None) -> Files:
    return lab.machine.network_files(lab.machine.host.files, lab.network(namespace))


@pytest.fixture
def here() -> Files:
    return files(Lab(docker=False, files={"/etc/app/conf": "x=1\n", "/home/note": "hello\n"}))


def refused(call: object, *args: str) -> Errno:
    assert callable(call)
    with pytest.raises(KernelError) as error:
        call(*args)
    return error.value.errno


#: What is asked of a tree with /etc/app/conf and /home/note, and how it is refused.
REFUSALS = [
    ("read", ("/nosuch",), Errno.ENOENT), ("read", ("/etc",), Errno.EISDIR),
    ("read", ("/etc/app/conf/x",), Errno.ENOTDIR), ("read", ("/etc/app/conf/x/y",), Errno.ENOTDIR),
    ("remove", ("/home/note/x",), Errno.ENOTDIR), ("list", ("/home/note/x",), Errno.ENOTDIR),
    ("read", ("/proc/sys/net/ipv4",), Errno.EISDIR), ("read", ("/proc/sys/net/ipv4/nosuch",), Errno.ENOENT),
    ("read", ("/sys/class/net",), Errno.EISDIR), ("read", ("/sys/class/net/lo",), Errno.EISDIR),
    ("read", ("/sys/class/net/nosuch/mtu",), Errno.ENOENT), ("read", ("/sys/class/net/lo/nosuch",), Errno.ENOENT),
    ("read", ("/sys/class/net/lo/carrier",), Errno.EINVAL), ("read", ("/sys/class/net/lo/statistics",), Errno.EISDIR),
    ("read", ("/sys/class/net/lo/statistics/nosuch",), Errno.ENOENT),
    ("write", ("/etc", "x"), Errno.EISDIR), ("write", ("/new/", "x"), Errno.EISDIR),
    ("write", ("/nosuch/file", "x"), Errno.ENOENT), ("write", ("/etc/app/conf/x", "x"), Errno.ENOTDIR),
    ("write", ("/proc/sys/net/ipv4", "x"), Errno.EISDIR), ("write", ("/proc/sys/net/ipv4/nosuch", "1"), Errno.EACCES),
    ("write", ("/proc/sys/net/ipv4/ip_default_ttl", "0"), Errno.EINVAL),
    ("write", ("/sys/class/net/lo/address", "x"), Errno.EACCES),
    ("write", ("/sys/class/net/lo/mtu", "x"), Errno.EINVAL),
    ("write", ("/sys/class/net/nosuch/mtu", "1"), Errno.ENOENT), ("append", ("/nosuch/file", "x"), Errno.ENOENT),
    ("remove", ("/nosuch",), Errno.ENOENT), ("remove", ("/etc",), Errno.EISDIR),
    ("make_directory", ("/etc",), Errno.EEXIST), ("make_directory", ("/home/note",), Errno.EEXIST),
    ("make_directory", ("/nosuch/dir",), Errno.ENOENT), ("make_directory", ("/home/note/dir",), Errno.ENOTDIR),
    ("list", ("/nosuch",), Errno.ENOENT), ("list", ("/home/note",), Errno.ENOTDIR),
]  # fmt: skip


@pytest.mark.parametrize(("call", "args", "errno"), REFUSALS)
def test_what_is_refused(here: Files, call: str, args: tuple[str, ...], errno: Errno) -> None:
    assert refused(getattr(here, call), *args) is errno


def test_files_are_written_appended_to_and_removed(here: Files) -> None:
    here.write("/tmp/a", "one\n")
    here.append("/tmp/a", "two\n")
    here.append("/tmp/b", "three\n")
    assert (here.read("/tmp/a"), here.list("/tmp")) == ("one\ntwo\n", ["a", "b"])
    here.write("/tmp/a", "")
    assert here.read("/tmp/a") == ""
    here.remove("/tmp/a")
    assert (here.exists("/tmp/a"), here.list("/tmp")) == (False, ["b"])
    here.make_directory("/tmp/d")
    assert (here.is_directory("/tmp/d"), here.list("/tmp/d")) == (True, [])


def test_a_directory_lists_what_is_there_now(here: Files) -> None:
    here.make_directory("/etc/app/more")
    here.make_directory("/etc/app/more/x")
    here.write("/etc/app/other", "")
    assert list(here.list("/etc/app")) == ["conf", "more", "other"]
    here.remove("/etc/app/other")
    assert list(here.list("/etc/app")) == ["conf", "more"]
    assert {"etc", "home", "usr"} <= set(here.list("/"))
    assert "ip" in {name for directory in ("/usr/bin", "/usr/sbin", "/sbin") for name in here.list(directory)}


def test_paths_are_told_in_many_ways(here: Files) -> None:
    for path in ("/home/note", "//home//note", "/home/./note", "/etc/../home/note"):
        assert here.read(path) == "hello\n"


def test_a_user_writes_where_all_may_and_what_was_given_away() -> None:
    lab = Lab(docker=False, files={"/srv/own/f": "x", "/srv/other": "x"})
    theirs = lab.machine.user_files(lab.machine.host.files, 1000)
    for path in ("/srv/new", "/srv/own/f", "/etc/hosts", "/tmpx"):
        assert refused(theirs.write, path, "") is Errno.EACCES
    assert refused(theirs.make_directory, "/srv/d") is Errno.EACCES
    assert refused(theirs.remove, "/srv/other") is Errno.EACCES
    theirs.write("/tmp/new", "")
    lab.run("chown 1000 /srv/own")
    theirs.write("/srv/own/f", "y")
    assert theirs.read("/srv/own/f") == "y"


def test_dev_null_takes_everything_and_gives_nothing(here: Files) -> None:
    here.write("/dev/null", "x")
    here.append("/dev/null", "x")
    assert here.read("/dev/null") == ""


def test_proc_sys_is_that_of_the_namespace() -> None:
    lab = pair()
    one, other = files(lab, "a"), files(lab, "b")
    one.write("/proc/sys/net/ipv4/ip_default_ttl", "33\n")
    assert (one.read("/proc/sys/net/ipv4/ip_default_ttl"), other.read("/proc/sys/net/ipv4/ip_default_ttl")) == (
        "33\n",
        "64\n",
    )
    assert "eth0" in one.list("/proc/sys/net/ipv4/conf")
    assert "eth0" not in files(lab).list("/proc/sys/net/ipv4/conf")


def test_a_container_cannot_write_below_proc_sys() -> None:
    lab = Lab(docker=True)
    result = lab.run("docker run --rm alpine sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'")
    assert result.exit_code != 0
    assert "Read-only file system" in result.output


#: What /sys/class/net says of a device that is up.
ATTRIBUTES = {
    "mtu": "1500\n", "operstate": "up\n", "carrier": "1\n", "type": "1\n", "addr_len": "6\n", "tx_queue_len": "1000\n",
    "broadcast": "ff:ff:ff:ff:ff:ff\n", "ifalias": "\n", "netdev_group": "0\n", "statistics/rx_dropped": "0\n",
}  # fmt: skip


@pytest.mark.parametrize(("name", "text"), ATTRIBUTES.items())
def test_sys_class_net_tells_of_devices(name: str, text: str) -> None:
    assert files(pair(), "a").read(f"/sys/class/net/eth0/{name}") == text


def test_sys_class_net_lists_devices_and_counts_what_they_saw() -> None:
    lab = pair()
    there = files(lab, "a")
    assert there.list("/sys/class/net") == ["eth0", "lo"]
    assert {"mtu", "address", "statistics"} <= set(there.list("/sys/class/net/eth0"))
    assert lab.run("ip netns exec a ping -c 1 10.0.0.2")
    assert there.read("/sys/class/net/eth0/statistics/tx_packets") == "2\n"
    typed(lab, "ip -n b link set eth0 down")
    assert (there.read("/sys/class/net/eth0/carrier"), there.read("/sys/class/net/eth0/operstate")) == ("0\n", "down\n")


def test_some_things_of_a_device_can_be_written() -> None:
    lab = pair()
    there = files(lab, "a")
    there.write("/sys/class/net/eth0/mtu", "1400\n")
    there.write("/sys/class/net/eth0/ifalias", "uplink\n")
    assert "mtu 1400" in lab.run("ip -n a link show eth0").stdout
    assert "alias uplink" in lab.run("ip -n a link show eth0").stdout
    assert refused(there.write, "/sys/class/net/eth0/mtu", "10") is Errno.EINVAL


def test_run_netns_holds_the_names_of_namespaces() -> None:
    lab = pair()
    there = files(lab)
    assert there.list("/run/netns") == there.list("/var/run/netns") == ["a", "b"]
    assert there.exists("/run/netns/a")
    assert refused(there.read, "/run/netns/a") is Errno.EINVAL


def test_directories_of_a_new_tree_are_there_with_those_above_them() -> None:
    lab = pair()
    here = lab.machine.new_files(lab.network(None), {"/srv/note": "x\n"}, frozenset(), ("/data/deep", "/var/run/app"))
    assert here.is_directory("/data/deep")
    assert here.list("/data") == ["deep"]
    assert here.list("/run/app") == []
    assert refused(here.make_directory, "/data/deep") is Errno.EEXIST
    assert not lab.machine.new_files(lab.network(None), {}, frozenset()).exists("/data")


# --- laws --------------------------------------------------------------------------------------------------------

_NAMES = ["etc", "app", "conf", "tmp", "a", "proc", "sys", "net", "ipv4", "class", "lo", "mtu"]
_paths = st.lists(st.sampled_from(_NAMES), max_size=5).map(lambda names: "/" + "/".join(names))
_calls = st.tuples(st.sampled_from(["read", "write", "append", "remove", "make_directory", "list", "exists"]), _paths)


@settings(max_examples=examples(80), deadline=None)
@given(st.lists(_calls, max_size=20))
def test_a_tree_stays_a_tree(calls: list[tuple[str, str]]) -> None:
    """Whatever is asked: what exists is a file that can be read or a directory that can be listed, and has a parent."""
    here = files(Lab(docker=False))
    for call, path in calls:
        with contextlib.suppress(KernelError):
            getattr(here, call)(path, *(["1\n"] if call in ("write", "append") else []))
        for known in ("/etc", "/tmp", path):
            if not here.exists(known):
                continue
            if here.is_directory(known):
                assert all(here.exists(f"{known.rstrip('/')}/{name}") for name in here.list(known))
            parent = known.rsplit("/", 1)[0] or "/"
            assert here.is_directory(parent)
