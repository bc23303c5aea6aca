"""The container runtime (runc): a container's namespaces and files, and programs in them.

Not modelled: cgroups, permissions of files, seccomp, and all namespaces but the network's and the host name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from vnetsim.clock import MILLISECOND
from vnetsim.docker import images
from vnetsim.docker.api.network import DEFAULT
from vnetsim.docker.api.types import EngineOperation
from vnetsim.docker.container.container import Container, ContainerRun
from vnetsim.docker.daemon import mainprocess
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.daemon.links import environment as link_environment
from vnetsim.docker.daemon.mainprocess import NOT_FOUND, needs_program, stand_in, standard_input
from vnetsim.docker.daemon.mounted import files_of_image, make_directories, mounts_of
from vnetsim.docker.daemon.servers import command_of
from vnetsim.docker.daemon.users import ContainerUser, find_user
from vnetsim.docker.gotypes import quote
from vnetsim.docker.images import programs
from vnetsim.docker.libnetwork.nlwrap import read_file
from vnetsim.docker.libnetwork.osl import ContainerNetns
from vnetsim.docker.libnetwork.portbinding import exposed_ports
from vnetsim.docker.runconfig.capabilities import capabilities as capabilities_of
from vnetsim.docker.runconfig.resources import RUNTIMES
from vnetsim.errors import EngineError, Errno, KernelError, NotModelled
from vnetsim.operations import SetLink
from vnetsim.process import Child, Context, Input, Output
from vnetsim.process.files import Files, Mount
from vnetsim.process.machine import Machine
from vnetsim.process.network import Network
from vnetsim.values import evolved

NOT_EXECUTABLE: Final = 126
#: How long a start waits for its program's first steps: about as long as the answer takes to reach the client.
FIRST_STEPS: Final = 10 * MILLISECOND
CANNOT_START: Final = 128
#: The parent of processes that the machine or the engine started.
_NO_PARENT: Final = 1
_SIGKILL: Final = 9
_SIGCONT: Final = 18
_SIGSTOP: Final = 19
_CREATE: Final = (
    "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed"
)
_NO_SHIM: Final = "failed to create task for container: failed to start shim"
_INIT: Final = "unable to start container process: error during container init"
#: Sysctls of each new namespace: users other than root may ping and bind port 80.
_SYSCTLS: Final = {"net.ipv4.ping_group_range": "0\t2147483647", "net.ipv4.ip_unprivileged_port_start": "0"}
#: The files by which programs find names.
_NAMES: Final = ("/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf")
#: The directories of programs in the images.
_DIRECTORIES: Final = ("/usr/sbin", "/usr/bin", "/sbin", "/bin")
#: Images whose users are known, where any image can be pulled.
_KNOWN_USERS: Final = ("nettools", "alpine", "debian", "ubuntu")
#: Releases whose users are others than those of 3.20.
_OLDER_ALPINE: Final = re.compile(r"(?:^|/)alpine:(?!latest$|3$|3\.20)")
#: Sysctls of the IPC and UTS namespaces.
_OF_IPC: Final = ("kernel.msg", "kernel.sem", "kernel.shm", "kernel.domainname", "fs.mqueue.")


class Runtime:
    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    # --- a container's surroundings --------------------------------------------------------------------------------

    def prepare(self, container: Container) -> ContainerRun:
        """Namespaces, files and environment for one run; EngineError if a namespace cannot be joined."""
        links = self.link_variables(container)
        network, holder = self._network(container)
        container.files = self._files(container, network)
        added = container.host_config["GroupAdd"] or ()
        user = self.find_user(container, container.config["User"], added)
        variables = self.environment(container, links, home=user.home)
        capabilities = self._capabilities(container, user)
        self._check_ports(container, network, capabilities)
        mounts = mounts_of(self._daemon, container)
        make_directories(self._seen_files(container, mounts, writable=True), container.config["WorkingDir"])
        context = Context(
            network=network,
            files=self._files_for(container, self._seen_files(container, mounts), user),
            hostname=self._hostname(container),
            environment=variables,
            available=container.image.programs,
            release="forky",
            busybox=container.image.busybox,
            own_mounts=True,
            pid_namespace=self._pid_namespace(container),
            uid=user.uid,
            gid=user.gid,
            groups=user.groups,
        )
        context = _with_rights(context, capabilities, privileged=bool(container.host_config["Privileged"]))
        return ContainerRun(context=context, holder=holder)

    def find_user(
        self, container: Container, spec: str, added: Sequence[str] = (), *, status: int = 500
    ) -> ContainerUser:
        """EngineError with `status` for a name that is not in the container's files."""
        files = container.files
        assert files is not None
        known = self._knows_files(container) and not _OLDER_ALPINE.search(container.config["Image"])
        assume = None if known else self._daemon.machine.assume
        return find_user(files, spec, added, status=status, assume=assume)

    def _knows_files(self, container: Container) -> bool:
        """Whose files of the image are is known: root's."""
        return self._daemon.images.registry is None or container.image.name in _KNOWN_USERS

    def _files_for(self, container: Container, files: Files, user: ContainerUser) -> Files:
        """As this user may write them; an image that is not known may have given any of them to the user."""
        if user.uid and not self._knows_files(container):
            self._daemon.machine.assume("owners and modes of files are not kept")
            return files
        return self._daemon.machine.user_files(files, user.uid)

    @staticmethod
    def _capabilities(container: Container, user: ContainerUser) -> frozenset[str] | None:
        """The effective ones: none but for root."""
        return capabilities_of(container.host_config) if user.uid == 0 else frozenset()

    def _check_ports(self, container: Container, network: Network, capabilities: frozenset[str] | None) -> None:
        """NotModelled where a main process could not bind low ports; in a namespace of its own it may bind all."""
        sysctls = container.host_config["Sysctls"] or {}
        free = network is not self._daemon.machine.host.network and "net.ipv4.ip_unprivileged_port_start" not in sysctls
        if not free and capabilities is not None and "NET_BIND_SERVICE" not in capabilities:
            raise NotModelled("--cap-drop NET_BIND_SERVICE where ports below 1024 are privileged (--network host)")

    def _seen_files(self, container: Container, mounts: Sequence[Mount], *, writable: bool = False) -> Files:
        """The files of the container's processes, read-only with --read-only; the engine can always write them."""
        files = container.files
        assert files is not None
        if container.host_config["ReadonlyRootfs"] and not writable:
            files = self._daemon.machine.read_only_files(files)
        return self._daemon.machine.mounted_files(files, mounts) if mounts else files

    def _pid_namespace(self, container: Container) -> str:
        mode: str = container.host_config["PidMode"]
        if mode.startswith("container:"):
            return self._daemon.containers.find(mode.removeprefix("container:")).id
        return "" if mode == "host" else container.id

    def _hostname(self, container: Container) -> str:
        return self._daemon.machine.hostname if container.host_config["UTSMode"] == "host" else container.hostname

    def _network(self, container: Container) -> tuple[Network, Child | None]:
        """The network namespace, and for one of its own the process that holds it."""
        machine = self._daemon.machine
        if container.mode == "host":
            return machine.host.network, None
        if container.joins is not None:
            return self.joined(container).context.network, None
        network = machine.new_network(container.name)
        holder = machine.hold(("containerd-shim",), evolved(machine.host, network=network))
        self._daemon.host.try_execute(SetLink(device="lo", up=True), network)
        return network, holder

    def joined(self, container: Container) -> ContainerRun:
        """The run of the container whose namespace `container` shares."""
        other = self.joined_container(container)
        assert other.run is not None
        return other.run

    def joined_container(self, container: Container) -> Container:
        try:
            other = self._daemon.containers.find(container.joins or "")
        except EngineError as error:
            raise EngineError(500, f"joining network namespace of container: {error.message}") from None
        if other is container:
            raise EngineError(500, "cannot join own network namespace")
        if not other.state.running:
            state = f"container {other.name} is {other.state.status}"
            raise EngineError(409, f"cannot join network namespace of a non running container: {state}")
        return other

    def _files(self, container: Container, network: Network) -> Files:
        known = container.files or container.unstarted
        if known is not None:
            return self._daemon.machine.network_files(known, network)
        if container.image.origin is None:
            return files_of_image(self._daemon.machine, container.image, network)
        from vnetsim.docker.daemon.changes import image_files  # noqa: PLC0415 -- most labs make no images

        return image_files(self._daemon, container.image, network)

    def discard(self, run: ContainerRun) -> None:
        """Kill all processes of a run and release its namespace, which other containers may still use."""
        machine = self._daemon.machine
        self._to_all(run, _SIGKILL)
        if run.holder is not None:
            run.holder.kill()
            machine.release_network(run.context.network)
            run.holder = None

    def freeze(self, run: ContainerRun) -> None:
        """Stop its processes until `thaw`; the kernel of its network namespace goes on."""
        self._to_all(run, _SIGSTOP)

    def thaw(self, run: ContainerRun) -> None:
        self._to_all(run, _SIGCONT)

    def _to_all(self, run: ContainerRun, signal: int) -> None:
        roots = [*run.execs, *([run.main.pid] if run.main is not None else [])]
        for pid in _family(self._daemon.machine, roots, run.context.pid_namespace):
            self._daemon.machine.kill(pid, signal)

    def netns(self, run: ContainerRun) -> ContainerNetns:
        """The network namespace for libnetwork."""
        pid = self._daemon.host.pid if run.holder is None else run.holder.pid
        return ContainerNetns(run.context.network, pid)

    # --- environment -----------------------------------------------------------------------------------------------

    def environment(
        self, container: Container, variables: list[str], tty: bool | None = None, home: str = "/root"
    ) -> dict[str, str]:
        """container.CreateDaemonEnvironment; runc sets HOME unless it is set."""
        tty = bool(container.config["Tty"]) if tty is None else tty
        directory = container.config["WorkingDir"].rstrip("/")
        own = [
            images.PATH,
            f"HOSTNAME={container.hostname}",
            *(["TERM=xterm"] if tty else []),
            *variables,
            *([f"PWD={directory}"] if directory else []),
        ]
        pairs = [variable.partition("=") for variable in (*own, *container.config["Env"])]
        found = {name: value for name, _, value in pairs}
        return {**found, "HOME": found.get("HOME") or home}

    def link_variables(self, container: Container) -> list[str]:
        """The variables of links on the default bridge; EngineError if a linked container does not run."""
        if DEFAULT not in container.attachments:
            return []
        variables: list[str] = []
        for link, child in self._daemon.links.children(container):
            if not child.state.running:
                raise EngineError(500, f"Cannot link to a non running container: /{child.name} AS {link}")
            settings = child.attachments.get(DEFAULT)
            if settings is None:
                raise EngineError(500, f"container {child.id} not attached to default bridge network")
            variables += link_environment(link, settings.address, child.config["Env"], exposed_ports(child.config))
        return variables

    # --- programs ----------------------------------------------------------------------------------------------------

    def check(self, container: Container, run: ContainerRun) -> None:
        """The checks of runc before the network is set up: EngineError, and the container's exit code."""
        self._check_runtime(container)
        try:
            self._set_sysctls(container, run)
            if needs_program(container):
                self._check_program(command_of(container), run.context)
        except KernelError as error:
            container.state.exit_code = refused_status(error)
            raise EngineError(400, f"{_CREATE}: {_INIT}: {_exec_error(command_of(container)[0], error)}") from None

    def _check_runtime(self, container: Container) -> None:
        """Other runtimes than runc: assumed to be installed, on the recorded machine they are not."""
        name: str = container.host_config["Runtime"]
        if name in RUNTIMES:
            return
        if self._daemon.images.registry is not None:
            self._daemon.machine.assume(f"the runtime {name} of {container.name} is assumed to be installed")
            return
        binary = f'binary not installed "containerd-shim-{"-".join(name.split(".")[-2:])}": file does not exist'
        raise EngineError(500, f'{_NO_SHIM}: failed to resolve runtime path: runtime "{name}" {binary}')

    def _check_program(self, command: list[str], context: Context) -> None:
        """`_find`; NotModelled also for programs that are not modelled at all."""
        self._find(command[0], context)
        if context.files.is_executable(command[0]):
            return
        name = command[0].rsplit("/", 1)[-1]
        mainprocess.check_modelled(command)
        if name != "top" and not self._daemon.machine.is_modelled(name, context):
            raise NotModelled(f"the program {name} in a container")

    def _find(self, program: str, context: Context) -> None:
        """KernelError if the image has no such program; NotModelled if vnetsim lacks it."""
        machine = self._daemon.machine
        if (_is_program(program) or context.files.is_executable(program)) and machine.knows(program, context):
            return
        name = program.rsplit("/", 1)[-1]
        if name in (context.available or ()) and _is_program(program) and not machine.knows(name, machine.host):
            raise NotModelled(f"the program {name} in a container")
        known = context.available or frozenset()
        if name not in images.PROGRAMS and known != images.PROGRAMS and programs.NO_OTHERS not in known:
            raise NotModelled(f"the program {name} in a container")
        raise KernelError(_refusal(program, context.files))

    def _set_sysctls(self, container: Container, run: ContainerRun) -> None:
        requested: Mapping[str, str] = container.host_config["Sysctls"] or {}
        if run.holder is None:
            for name in requested:
                raise EngineError(500, f'{_CREATE}: sysctl "{name}" not allowed in host network namespace')
        for name, value in {**_SYSCTLS, **requested}.items() if run.holder is not None else ():
            self._set_sysctl(name, value, container, run)

    def _set_sysctl(self, name: str, value: str, container: Container, run: ContainerRun) -> None:
        if name.startswith(_OF_IPC):
            raise NotModelled(f"--sysctl {name}")
        if not name.startswith("net."):
            raise EngineError(500, f'{_CREATE}: sysctl "{name}" is not in a separate kernel namespace')
        path = name.replace(".", "/")
        files = self._daemon.machine.network_files(self._daemon.host.files, run.context.network)
        if not files.exists(f"/proc/sys/{path}"):
            if name in _SYSCTLS:
                return
            container.state.exit_code = NOT_FOUND
            where = f"openat2 fsmount:fscontext:proc/./sys/{path}: no such file or directory"
            raise EngineError(400, f"{_CREATE}: {_INIT}: open sysctl {name} file: unsafe procfs detected: {where}")
        self._daemon.host.set_sysctl(path, value, run.context.network)

    def start(self, container: Container, run: ContainerRun) -> Child:
        """The main process."""
        machine, command = self._daemon.machine, command_of(container)
        if container.config["OpenStdin"] and container.config["Tty"]:
            container.terminal = container.terminal or machine.terminal()
        main = stand_in(machine, container)
        stdin = standard_input(machine, container) if main is None else None
        child = (
            self.spawn(command, run.context, stdin, container.stdout, container.stderr)
            if main is None
            else machine.run(main, command, run.context)
        )
        if container.terminal is not None:
            container.terminal.leader = child.pid
        return child

    def spawn(
        self, command: list[str], context: Context, stdin: Input | None, stdout: Output | None, stderr: Output | None
    ) -> Child:
        """KernelError(ENOENT) if there is no such program."""
        self._find(command[0], context)
        return self._daemon.machine.spawn(command, context, stdin=stdin, stdout=stdout, stderr=stderr)

    def first_steps(self, child: Child, known: int, name: str) -> EngineOperation[None]:
        """Wait for a program's first steps; NotModelled for a gap, since its output may be unread.

        `known` is the number of gaps before; `name` describes the program in the message.
        """
        yield self._daemon.host.sleep(FIRST_STEPS)
        for gap in self._daemon.machine.gaps[known:]:
            if child.pid in gap.pids:
                raise NotModelled(f"{gap.sentence.removeprefix(NotModelled.PREFIX)} ({name})")

    def exec_context(
        self, container: Container, environment: Mapping[str, str], user: ContainerUser, *, privileged: bool
    ) -> Context:
        """Where `docker exec` runs something in a running container."""
        assert container.run is not None
        before = container.run.context
        files = self._files_for(container, self._daemon.machine.user_files(before.files, 0), user)
        context = evolved(before, environment=environment, files=files, uid=user.uid, gid=user.gid, groups=user.groups)
        capabilities = None if privileged and user.uid == 0 else self._capabilities(container, user)
        return _with_rights(context, capabilities, privileged=privileged or container.host_config["Privileged"])

    def with_all_programs(self, context: Context) -> Context:
        """The same network and names, for a program that the image lacks."""
        content = {path: read_file(context.files, path) for path in _NAMES}
        files = self._daemon.machine.new_files(context.network, content, images.PROGRAMS)
        return evolved(context, files=files, available=images.PROGRAMS)


def _family(machine: Machine, roots: Iterable[int], namespace: str) -> list[int]:
    """Those of `roots` and their descendants that still run, and orphans in the PID namespace.

    What a container in the host's PID namespace left without a parent is not found.
    """
    found: list[int] = []
    ancestors, processes = set(roots), machine.processes()
    living = {_NO_PARENT, *(process.pid for process in processes)}
    for process in processes:
        orphaned = process.parent not in living and process.pid_namespace == namespace != ""
        if process.pid in ancestors or process.parent in ancestors or orphaned:
            ancestors.add(process.pid)
            found.append(process.pid)
    return found


def _refusal(program: str, files: Files) -> Errno:
    """Why execve(2) does not run it."""
    if "/" in program and files.is_directory(program):
        return Errno.EISDIR
    return Errno.EACCES if "/" in program and files.exists(program) else Errno.ENOENT


def _is_program(program: str) -> bool:
    directory, slash, _ = program.rpartition("/")
    return not slash or directory in _DIRECTORIES


def refused_status(error: KernelError) -> int:
    """The exit status for a program that cannot be executed."""
    return NOT_FOUND if error.errno is Errno.ENOENT else NOT_EXECUTABLE


def exec_refusal(program: str, error: KernelError) -> str:
    """What `docker exec` prints for a program that is not there."""
    return f"OCI runtime exec failed: exec failed: unable to start container process: {_exec_error(program, error)}\n"


def no_directory(path: str) -> str:
    """What `docker exec -w` prints for a directory that is not there."""
    message = f'chdir to cwd ("{path}") set in config.json failed: no such file or directory'
    return f"OCI runtime exec failed: exec failed: unable to start container process: {message}\n"


def _exec_error(program: str, error: KernelError) -> str:
    """Go's exec.LookPath."""
    if error.errno is Errno.EISDIR:
        return f"exec: {quote(program)}: is a directory: permission denied"
    if error.errno is Errno.EACCES:
        return f"exec: {quote(program)}: permission denied"
    if "/" in program:
        return f"exec: {quote(program)}: stat {program}: {error.errno.strerror.lower()}"
    return f"exec: {quote(program)}: executable file not found in $PATH"


def _with_rights(context: Context, capabilities: frozenset[str] | None, *, privileged: bool) -> Context:
    """`capabilities` None are all."""
    return evolved(
        context,
        privileged=capabilities is None or "NET_ADMIN" in capabilities,
        sys_admin=capabilities is None or "SYS_ADMIN" in capabilities,
        raw_sockets=capabilities is None or "NET_RAW" in capabilities,
        read_only_sysctls=not privileged,
    )
