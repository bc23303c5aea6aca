"""apache2 and apachectl as Debian 12 installs and configures them (apache2 2.4.71; recorded).

    apachectl start|stop|graceful-stop|restart

It listens on port 80, at `::` where the machine has an IPv6 address beside those of lo (AI_ADDRCONFIG of
getaddrinfo), else at 0.0.0.0, and answers as `apache_site` says.  The server is one process here, with a child for
each connection.

Not modelled: other actions and options, files in /etc/apache2, logs, worker processes.
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Coroutine, Process, Program, Resolved
from vnetsim.programs.http.apache_site import ApacheConnection
from vnetsim.programs.http.listener import HttpService
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.running import kathara_image, named_here
from vnetsim.sockets import TcpSocket
from vnetsim.wire.inet import ANY4, ANY6, LOOPBACK4, Address

PROGRAM: Final = "/usr/sbin/apache2"
_PORT: Final = 80
_BACKLOG: Final = 511
_CONFIGURATION: Final = "/etc/apache2"
#: What apachectl sets, without which apache2 does not start (/etc/apache2/envvars).
_ENVIRONMENT: Final = {"APACHE_RUN_DIR": "/var/run/apache2"}
_USAGE: Final = (
    "Usage: /usr/sbin/apachectl start|stop|restart|graceful|graceful-stop|configtest|status|fullstatus|help\n"
    "       /usr/sbin/apachectl <apache2 args>\n"
    "       /usr/sbin/apachectl -h            (for help on <apache2 args>)\n"
)
_IN_USE: Final = (
    "(98)Address already in use: AH00072: make_sock: could not bind to address {address}:80\n"
    "no listening sockets available, shutting down\nAH00015: Unable to open logs\n"
)
_ACTION_FAILED: Final = "Action 'start' failed.\nThe Apache error log may have more information.\n"


@ends_by_exit
def main(process: Process) -> Program:
    name, *args = process.argv
    if name == PROGRAM and args == ["-k", "start"] and _ENVIRONMENT.keys() <= process.context.environment.keys():
        return _served(process)
    if name.rpartition("/")[2] == "apache2":
        raise NotModelled("apache2 without the variables that apachectl sets: `apachectl start`")
    if not args:
        raise Exit(1, stdout=_USAGE)
    if args not in (["start"], ["stop"], ["graceful-stop"], ["restart"]):
        raise NotModelled(" ".join(process.argv))
    if process.files.is_directory(_CONFIGURATION):
        raise NotModelled(f"the configuration of apache2 in {_CONFIGURATION}")
    return _act(process, args[0])


def _act(process: Process, action: str) -> Coroutine[int]:
    yield from _name_itself(process)
    running = named_here(process, PROGRAM)
    if process.machine.name_of(process.network) and not kathara_image(process):
        process.machine.assume("apache2 runs in one namespace: another would find its PID file")
    if action == "start" and running:
        process.write(f"httpd (pid {running[0]}) already running\n")
        return 0
    if action != "start" and not running:
        process.write("httpd (no pid file) not running\n")
    for pid in running:
        process.machine.kill(pid)
    status = _start(process) if action in ("start", "restart") else 0
    yield process.sleep(10**6)  # until it listens
    return status


def _name_itself(process: Process) -> Coroutine[None]:
    resolved: Resolved = yield process.resolve(process.context.hostname)
    address = LOOPBACK4 if resolved.error is not None else resolved.addresses[0]
    process.error(
        "AH00558: apache2: Could not reliably determine the server's fully qualified domain name, using "
        f"{address}. Set the 'ServerName' directive globally to suppress this message\n"
    )


def _start(process: Process) -> int:
    """What is wrong with the port is found here; the server in the background binds it anew."""
    address = _address(process)
    try:
        _listen(process, address).close()
    except KernelError as error:
        if error.errno is not Errno.EADDRINUSE:
            raise
        shown = f"[{address}]" if address.version == 6 else str(address)
        process.error(_IN_USE.format(address=shown) + _ACTION_FAILED)
        return 1
    environment = {**process.context.environment, **_ENVIRONMENT}
    process.machine.spawn([PROGRAM, "-k", "start"], attrs.evolve(process.context, environment=environment))
    return 0


def _address(process: Process) -> Address:
    versions = {entry.address.version for entry in process.network.addresses() if not entry.address.is_loopback}
    disabled = all(entry.address.version == 4 for entry in process.network.addresses())
    return ANY4 if versions == {4} or disabled else ANY6


def _listen(process: Process, address: Address) -> TcpSocket:
    socket = process.network.tcp_socket(address.version, owner=process)
    try:
        socket.bind(address, _PORT, reuse=True, only_v6=False)
        socket.listen(_BACKLOG)
    except KernelError:
        socket.close()
        raise
    return socket


def _served(process: Process) -> Coroutine[int]:
    return (yield from HttpService(process, _listen(process, _address(process)), _handle).run())


def _handle(process: Process, connection: TcpSocket) -> Coroutine[None]:
    yield from ApacheConnection(process, connection).run()
