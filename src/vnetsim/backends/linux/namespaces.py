"""Namespaces of one's own: the system calls, through the C library, and a sandbox in which nothing can be broken.

A *session* is the process in which all is played: first of a PID namespace of its own, so that whatever it started dies
with it, and killed by the kernel when its parent dies (prctl(2) PR_SET_PDEATHSIG).  Where users may have user
namespaces the session is in one, owns what it makes and nothing else; otherwise it needs root, and only the mount,
network, PID, IPC and UTS namespaces keep it apart (namespaces(7), user_namespaces(7)).

This module is run by another Python (`python -I`): it may import the standard library only.
"""

from __future__ import annotations

import ctypes
import os
import signal
from contextlib import suppress

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REMOUNT, _MS_BIND = 1, 2, 4, 8, 32, 4096
_MS_REC, _MS_PRIVATE = 16384, 1 << 18
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
#: Bytes that a scenario may write, in all.
_SPACE = "32m"
#: Flags of mounts that a user namespace may not take off when it mounts again.
_LOCKED = {"nosuid": _MS_NOSUID, "nodev": _MS_NODEV, "noexec": _MS_NOEXEC, "noatime": 1024, "relatime": 1 << 21}

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """unshare(2)."""
    _checked(_libc.unshare(flags), "unshare")


def setns(descriptor: int) -> None:
    """setns(2) into a network namespace."""
    _checked(_libc.setns(descriptor, CLONE_NEWNET), "setns")


def set_hostname(name: str) -> None:
    _checked(_libc.sethostname(name.encode(), len(name.encode())), "sethostname")


def mount(source: str, target: str, kind: str, flags: int = 0, data: str = "") -> None:
    """mount(2)."""
    arguments = (source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode())
    _checked(_libc.mount(*arguments), f"mount {target}")


def die_with_parent(parent: int) -> None:
    """From now on the kernel kills this process when its parent (pid `parent`, 0 outside the namespace) has died."""
    _checked(_libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0), "prctl")
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """From now on who descends from this process becomes its child when its own parent dies."""
    _checked(_libc.prctl(_PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(1), 0, 0, 0), "prctl")


# --- user namespaces -----------------------------------------------------------------------------------------------


def enter_user_namespace() -> bool:
    """Become root of a user namespace; whether there may be one.

    Who is root outside has all users inside, so that programs can drop their privileges as ever.
    """
    user, group = os.getuid(), os.getgid()
    unshared, unshared_end = os.pipe()
    mapped, mapped_end = os.pipe()
    mapper = os.fork() if user == 0 else 0
    if user == 0 and mapper == 0:
        _map_all_ids(os.getppid(), unshared, mapped_end)
    try:
        unshare(CLONE_NEWUSER)
    except OSError:
        return False
    finally:
        os.write(unshared_end, b"!")
        if user == 0:
            os.read(mapped, 1)
            os.waitpid(mapper, 0)
        for descriptor in (unshared, unshared_end, mapped, mapped_end):
            os.close(descriptor)
    if user != 0:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"0 {user} 1")
        _write("/proc/self/gid_map", f"0 {group} 1")
    return True


def _map_all_ids(pid: int, unshared: int, mapped_end: int) -> None:
    """In a child that stays outside: all users of the outside are the same inside."""
    os.read(unshared, 1)
    for which in ("uid", "gid"):
        with suppress(OSError), open(f"/proc/self/{which}_map") as file:  # noqa: PTH123
            first, _, count = file.readline().split()
            _write(f"/proc/{pid}/{which}_map", f"{first} {first} {count}")
    os.write(mapped_end, b"!")
    os._exit(0)


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:  # noqa: PTH123 -- pathlib costs a tenth of the start
        file.write(text)


# --- files ---------------------------------------------------------------------------------------------------------


def protect() -> None:
    """Whatever is mounted can be read and not written from now on, in this mount namespace; kernel files apart."""
    mount("none", "/", "", _MS_REC | _MS_PRIVATE)
    with open("/proc/self/mountinfo") as file:  # noqa: PTH123
        mounted = [line.split() for line in file]
    for fields in mounted:
        target, options = fields[4], fields[5].split(",")
        kind = fields[fields.index("-") + 1]
        if kind in ("proc", "sysfs", "cgroup", "cgroup2", "devpts", "mqueue") or target.startswith(("/dev", "/proc")):
            continue
        locked = sum(flag for name, flag in _LOCKED.items() if name in options)
        with suppress(OSError):
            mount("none", target.replace("\\040", " "), "", _MS_REMOUNT | _MS_BIND | _MS_RDONLY | locked)


def populate(files: dict[str, str], hostname: str) -> None:
    """A scenario's own /run, /tmp, /root and /etc, /proc and /sys, in new namespaces; `files` are written there."""
    for path in ("/run", "/tmp", "/root"):
        mount("tmpfs", path, "tmpfs", _MS_NOSUID | _MS_NODEV, f"size={_SPACE},mode=755")
    _own_etc()
    mount("proc", "/proc", "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    mount("sysfs", "/sys", "sysfs", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    os.mkdir("/run/netns")  # noqa: PTH102
    mount("tmpfs", "/run/netns", "tmpfs", 0, "size=1m,mode=755")
    set_hostname(hostname)
    for path, text in files.items():
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
        with suppress(FileNotFoundError):
            os.unlink(path)  # noqa: PTH108 -- /etc/resolv.conf may be a link to somewhere
        _write(path, text)


def _own_etc() -> None:
    """/etc as it is, to be written without consequence: an overlay, or a copy of what network programs read there."""
    os.makedirs("/run/etc/upper")  # noqa: PTH103
    os.makedirs("/run/etc/work")  # noqa: PTH103
    try:
        mount("overlay", "/etc", "overlay", 0, "lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work")
    except OSError:
        kept = {}
        for name in (
            "passwd",
            "group",
            "nsswitch.conf",
            "protocols",
            "services",
            "ethertypes",
            "host.conf",
            "ld.so.cache",
        ):
            with suppress(OSError), open(f"/etc/{name}", "rb") as file:  # noqa: PTH123
                kept[name] = file.read()
        mount("tmpfs", "/etc", "tmpfs", _MS_NOSUID | _MS_NODEV, f"size={_SPACE},mode=755")
        for name, data in kept.items():
            with open(f"/etc/{name}", "wb") as copy:  # noqa: PTH123
                copy.write(data)
