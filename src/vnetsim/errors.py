"""Errors, as the kernel, the tools and the Docker Engine report them.

The kernel has a number and sometimes a sentence (extended acknowledgement), a tool chooses the text and the exit
status, the Docker Engine has a message and an HTTP status.  Numbers and texts are Linux's on every platform: this is
why `os.strerror` is not used.
"""

from __future__ import annotations

import enum
from typing import ClassVar, Self

from vnetsim.values import define


class DecodeError(ValueError):
    """These bytes are not such a packet."""


class VnetsimError(Exception):
    """Something a user can cause.  `str` is what their terminal would show."""


class NotModelled(VnetsimError):
    """Something that Linux or Docker has and vnetsim has not."""

    #: What every such message begins with.
    PREFIX: ClassVar[str] = "vnetsim: not modelled: "

    def __str__(self) -> str:
        return f"{self.PREFIX}{super().__str__()}"


class UsageError(VnetsimError):
    """Bad input to vnetsim itself: one sentence, exit status 2."""


class BudgetExceeded(UsageError):
    """A scenario used more than its budget (vnetsim.budget); the lab that it was played on answers nothing any more."""


class Errno(enum.IntEnum):
    """Linux error numbers (include/uapi/asm-generic/errno*.h); `strerror` is the C locale's text."""

    strerror: str

    def __new__(cls, number: int, strerror: str) -> Self:
        member = int.__new__(cls, number)
        member._value_ = number
        member.strerror = strerror
        return member

    EPERM = 1, "Operation not permitted"
    ENOENT = 2, "No such file or directory"
    ESRCH = 3, "No such process"
    EIO = 5, "Input/output error"
    ENXIO = 6, "No such device or address"
    EBADF = 9, "Bad file descriptor"
    EAGAIN = 11, "Resource temporarily unavailable"
    ENOMEM = 12, "Cannot allocate memory"
    EACCES = 13, "Permission denied"
    EBUSY = 16, "Device or resource busy"
    EEXIST = 17, "File exists"
    ENODEV = 19, "No such device"
    ENOTDIR = 20, "Not a directory"
    EISDIR = 21, "Is a directory"
    EINVAL = 22, "Invalid argument"
    ENFILE = 23, "Too many open files in system"
    ENOSPC = 28, "No space left on device"
    ENOTEMPTY = 39, "Directory not empty"
    EROFS = 30, "Read-only file system"
    EMLINK = 31, "Too many links"
    EPIPE = 32, "Broken pipe"
    ERANGE = 34, "Numerical result out of range"
    ELOOP = 40, "Too many levels of symbolic links"
    EXFULL = 54, "Exchange full"
    ENONET = 64, "Machine is not on the network"
    EDESTADDRREQ = 89, "Destination address required"
    EMSGSIZE = 90, "Message too long"
    ENOPROTOOPT = 92, "Protocol not available"
    EOVERFLOW = 75, "Value too large for defined data type"
    EPROTO = 71, "Protocol error"
    EPROTONOSUPPORT = 93, "Protocol not supported"
    EOPNOTSUPP = 95, "Operation not supported"
    EAFNOSUPPORT = 97, "Address family not supported by protocol"
    EADDRINUSE = 98, "Address already in use"
    EADDRNOTAVAIL = 99, "Cannot assign requested address"
    ENETDOWN = 100, "Network is down"
    ENETUNREACH = 101, "Network is unreachable"
    ECONNABORTED = 103, "Software caused connection abort"
    ECONNRESET = 104, "Connection reset by peer"
    ENOBUFS = 105, "No buffer space available"
    ENOTCONN = 107, "Transport endpoint is not connected"
    ETIMEDOUT = 110, "Connection timed out"
    ECONNREFUSED = 111, "Connection refused"
    EHOSTDOWN = 112, "Host is down"
    EHOSTUNREACH = 113, "No route to host"
    EINPROGRESS = 115, "Operation now in progress"
    ENOKEY = 126, "Required key not available"


def go_errno(errno: Errno) -> str:
    """The text of Go's syscall.Errno: `file exists` for EEXIST."""
    return errno.strerror[0].lower() + errno.strerror[1:]


@define(auto_exc=True, str=False)
class KernelError(VnetsimError):
    """The kernel refused.  `explanation` is its extended acknowledgement, if any, without the final stop."""

    errno: Errno
    explanation: str | None = None

    def __str__(self) -> str:
        if self.explanation is not None:
            return f"Error: {self.explanation}."
        return f"RTNETLINK answers: {self.errno.strerror}"


@define(auto_exc=True, str=False)
class EngineError(VnetsimError):
    """The Docker Engine refused; `status` is the HTTP status of its answer (moby's errdefs decide it)."""

    status: int
    message: str

    def __str__(self) -> str:
        return f"Error response from daemon: {self.message}"
