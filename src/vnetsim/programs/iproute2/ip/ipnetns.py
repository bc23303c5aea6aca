"""`ip netns`: names for network namespaces, and programs inside them (iproute2: ip/ipnetns.c).

Not modelled: `monitor`, and `list-id target-nsid`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Child, Context, Coroutine, Interrupted, Killed, Process, Program
from vnetsim.programs.iproute2.lib.arguments import (
    Command,
    Iproute2Error,
    Request,
    duparg,
    help_command,
    invarg,
    matches,
    signed,
    unknown_command,
    usage,
    valid,
)
from vnetsim.programs.iproute2.lib.namespace import inside
from vnetsim.programs.libc.setns import check_names

_RUN: Final = "/run/netns"
_LONGEST_NAME: Final = 255
_BROKEN: Final = "Error: Peer netns reference is invalid.\n"


def main(request: Request) -> Program:
    """Reads what follows `ip netns`."""
    args = request.args
    arg = args.take()
    if request.process.context.own_mounts and (arg is None or (matches(arg, "list") and args.peek is None)):
        return 0
    if arg is None:
        return _list(request)
    if not request.options.all and args.peek is not None and _is_invalid(args.peek):
        raise Iproute2Error(255, f'Invalid netns name "{args.peek}"')
    for keyword, command in _COMMANDS:
        if matches(arg, keyword):
            if keyword in ("add", "attach"):
                _check_mount(request.process)
            check_names(request.process)
            return command(request)
    raise unknown_command(arg, "ip netns help")


def _is_invalid(name: str) -> bool:
    return not name or len(name) > _LONGEST_NAME or "/" in name or name in (".", "..")


# --- exec ------------------------------------------------------------------------------------------------------------


def _exec(request: Request) -> Program:
    args = request.args.rest
    if not args and not request.options.all:
        raise _no_name()
    if len(args) < (1 if request.options.all else 2):
        raise Iproute2Error(1, "No command specified")
    if request.options.all:
        return _exec_everywhere(request, list(request.process.machine.named_namespaces()), args)
    context = inside(request.process, args[0])
    start = _run if request.options.batch else _become
    return start(request.process, context, args[1:])


def _run(process: Process, context: Context, argv: Sequence[str]) -> Program:
    try:
        child = process.spawn(argv, context=context)
    except KernelError as error:
        raise _exec_failed(argv, error) from None
    return _wait(child)


def _become(process: Process, context: Context, argv: Sequence[str]) -> Program:
    try:
        return process.exec(argv, context=context)
    except KernelError as error:
        raise _exec_failed(argv, error) from None


def _exec_failed(argv: Sequence[str], error: KernelError) -> Iproute2Error:
    return Iproute2Error(1, f'exec of "{argv[0]}" failed: {error.errno.strerror}', exits=True)


def _exec_everywhere(request: Request, names: Sequence[str], argv: Sequence[str]) -> Coroutine[int]:
    """One program after the other; how they end does not matter.

    Where one cannot get in, iproute2's child process goes on with the names that follow, and so does its parent.
    """
    process = request.process
    for position, name in enumerate(names, start=1):
        process.write(f"\nnetns: {name}\n")
        try:
            context = inside(process, name)
        except Iproute2Error as error:
            process.error(f"{error}\n")
            yield from _exec_everywhere(request, names[position:], argv)
            continue
        try:
            child = process.spawn(argv, context=context)
        except KernelError as error:
            process.error(f"{_exec_failed(argv, error)}\n")
            continue
        yield from _wait(child)
    return 0


def _wait(child: Child) -> Coroutine[int]:
    """Its exit status; what interrupts or kills this program does so to the child."""
    try:
        status: int = yield child.wait()
    except Interrupted:
        child.interrupt()
        yield child.wait()
        raise
    except Killed:
        child.kill()
        raise
    return status


# --- add, attach, delete, set ----------------------------------------------------------------------------------------


def _no_name() -> Iproute2Error:
    return Iproute2Error(1, "No netns name specified")


def _check_mount(process: Process) -> None:
    """Only the host and privileged containers may mount."""
    if not process.context.privileged or process.context.read_only_sysctls:
        raise Iproute2Error(1, f"mount --make-shared {_RUN} failed: {Errno.EPERM.strerror}")


def _add(request: Request) -> Program:
    name = request.args.take()
    if name is None:
        raise _no_name()
    _check_mount(request.process)
    try:
        request.process.machine.add_namespace(name)
    except KernelError as error:
        raise _cannot_create(name, error) from None
    return 0


def _cannot_create(name: str, error: KernelError) -> Iproute2Error:
    return Iproute2Error(1, f'Cannot create namespace file "{_RUN}/{name}": {error.errno.strerror}')


def _attach(request: Request) -> Program:
    if len(request.args) < 2:
        raise Iproute2Error(1, "No netns name and PID specified")
    name, arg = request.args.next_arg(), request.args.next_arg()
    pid = signed(arg)
    if not pid:
        raise Iproute2Error(1, f"Invalid PID: {arg}")
    _check_mount(request.process)
    try:
        request.process.machine.attach_namespace(name, pid)
    except KernelError as error:
        if error.errno is Errno.EEXIST:
            raise _cannot_create(name, error) from None
        why = Errno.ENOENT.strerror
        raise Iproute2Error(1, f"Bind /proc/{pid}/ns/net -> {_RUN}/{name} failed: {why}") from None
    return 0


def _delete(request: Request) -> Program:
    machine, name = request.process.machine, request.args.take()
    if request.options.all:
        for each in list(machine.named_namespaces()):
            _delete_one(request.process, each)
        return 0
    if name is None:
        raise _no_name()
    _delete_one(request.process, name)
    return 0


def _delete_one(process: Process, name: str) -> None:
    try:
        process.machine.delete_namespace(name)
    except KernelError as error:
        raise Iproute2Error(1, f'Cannot remove namespace file "{_RUN}/{name}": {error.errno.strerror}') from None


def _set(request: Request) -> Program:
    name, arg = request.args.take(), request.args.take()
    if name is None:
        raise _no_name()
    if arg is None:
        raise Iproute2Error(1, "No nsid specified")
    nsid = _nsid(arg)
    machine = request.process.machine
    if name not in machine.named_namespaces():
        if request.options.newer:
            raise Iproute2Error(1)
        raise Iproute2Error(1, f'Cannot open network namespace "{name}": {Errno.ENOENT.strerror}')
    machine.set_nsid(request.network, name, nsid)
    return 0


def _nsid(arg: str) -> int | None:
    if arg == "auto":
        return None
    nsid = valid(signed(arg), 'Invalid "netnsid" value', arg)
    if nsid < 0:
        raise invarg('"netnsid" value should be >= 0', arg)
    return nsid


# --- looking ---------------------------------------------------------------------------------------------------------


def _report_broken(request: Request) -> None:
    """Each plain file among the names is complained about when the map is made and when the list is."""
    machine = request.process.machine
    for name in machine.named_namespaces():
        try:
            machine.namespace(name)
        except KernelError:
            request.process.error(_BROKEN)


def _list(request: Request) -> Program:
    out = request.printer()
    _report_broken(request)
    _report_broken(request)
    for entry in request.process.machine.list_namespaces(request.network):
        if not entry.name:
            continue
        out.open_object()
        out.both("name", entry.name, entry.name)
        if entry.nsid is not None:
            out.both("id", f" (id: {entry.nsid})", entry.nsid)
        out.text("\n")
        out.close_object()
    request.process.write(out.result())
    return 0


def _list_ids(request: Request) -> Program:
    """Names without an id are left out, ids without a name are not."""
    only = _read_only_id(request)
    entries = request.process.machine.list_namespaces(request.network)
    ids = {entry.nsid: entry.name for entry in entries if entry.nsid is not None and only in (None, entry.nsid)}
    if only is not None and only not in ids:
        raise KernelError(Errno.EINVAL, "Peer netns reference is invalid")
    out = request.printer()
    for nsid in sorted(ids):
        out.open_object()
        out.both("nsid", f"nsid {nsid} ", nsid)
        if ids[nsid]:
            out.both("name", f"(iproute2 netns name: {ids[nsid]})", ids[nsid])
        out.text("\n")
        out.close_object()
    request.process.write(out.result())
    return 0


def _read_only_id(request: Request) -> int | None:
    args, only = request.args, None
    for arg in args:
        if arg == "target-nsid":
            args.next_arg()
            raise NotModelled("ip netns list-id target-nsid")
        if arg != "nsid":
            raise usage("ip-netns")
        if only is not None:
            raise duparg("nsid", arg)
        only = valid(signed(value := args.next_arg()), '"nsid" value is invalid', value)
        if only < 0:
            raise invarg('"nsid" value should be >= 0', args.peek or "(null)")
    return only


def _identify(request: Request) -> Program:
    """The name of the namespace of a process: of several the oldest."""
    arg = request.args.take()
    if request.args:
        raise Iproute2Error(1, "extra arguments specified")
    if arg is not None and not (arg.isascii() and is_digits(arg)):
        raise Iproute2Error(1, f"Specified string '{arg}' is not a pid")
    machine = request.process.machine
    try:
        network = request.network if arg is None else machine.network_of(int(arg))
    except KernelError:
        raise Iproute2Error(1, f"Cannot open network namespace: {Errno.ENOENT.strerror}") from None
    request.process.write(f"{machine.name_of(network) or ''}\n")
    return 0


def _pids(request: Request) -> Program:
    name = request.args.take()
    if name is None:
        raise _no_name()
    if request.args:
        raise Iproute2Error(1, "extra arguments specified")
    machine = request.process.machine
    try:
        network = machine.namespace(name)
    except KernelError as error:
        if error.errno is Errno.EINVAL:
            return 0
        raise Iproute2Error(1, f"Cannot open network namespace: {error.errno.strerror}") from None
    request.process.write("".join(f"{pid}\n" for pid in sorted(machine.pids_in(network))))
    return 0


def _monitor(_: Request) -> Program:
    raise NotModelled("ip netns monitor")


#: In the order of matching: `ip netns s` lists.
_COMMANDS: Final[tuple[tuple[str, Command], ...]] = (
    ("list", _list),
    ("show", _list),
    ("lst", _list),
    ("list-id", _list_ids),
    ("help", help_command("ip-netns")),
    ("add", _add),
    ("set", _set),
    ("delete", _delete),
    ("identify", _identify),
    ("pids", _pids),
    ("exec", _exec),
    ("monitor", _monitor),
    ("attach", _attach),
)
