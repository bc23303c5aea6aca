"""containerlab's labs as command lines (containerlab: links/link_veth.go, runtime/docker/docker.go).

A node of kind linux is a named network namespace, a link a veth pair with an MTU of 9500 bytes, a node of kind bridge a
bridge of the host.  eth0 of each node is in the management network, 172.20.20.0/24, whose bridge is on the host.
Nodes of other kinds are namespaces that nothing configures, and the lab is incomplete.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs

from vnetsim.errors import UsageError
from vnetsim.failures import Failure, FailureKind
from vnetsim.scenario.labs.clab_file import ClabEnd, ClabFile, ClabLink, ClabNode, ClabValue
from vnetsim.scenario.labs.clab_management import ClabManagement
from vnetsim.scenario.labs.files import MachineFiles
from vnetsim.scenario.labs.publishing import published
from vnetsim.scenario.labs.steps import LabStep, device_name, in_namespace, not_modelled
from vnetsim.values import define

_BRIDGE: Final = "clab-mgmt"
_MTU: Final = "9500"
_MOST_NODES: Final = 200
#: Nodes that the topology file does not list.
_HOST: Final = "host"
_BRIDGES: Final = ("bridge", "ovs-bridge")
_HONOURED: Final = frozenset(
    ("kind", "group", "exec", "binds", "env", "sysctls", "ports", "cmd", "network-mode", "mgmt-ipv4", "mgmt-ipv6")
)
_WITHOUT_EFFECT: Final = (
    "image image-pull-policy restart-policy auto-remove type license labels memory cpu cpu-set shm-size devices",
    "cap-add privileged cgroupns-mode cgroup-parent pid-mode tmpfs security-opts user runtime startup-delay position",
    "healthcheck credentials",
)
_TOP: Final = frozenset(("name", "prefix", "topology", "mgmt"))
_LINKS: Final = ("veth", "host", "dummy")
#: What `$$` is meanwhile, a dollar that is no variable of whoever deploys the lab.
_DOLLAR: Final = "\0"
_NODE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_INTERFACE_NAME: Final = re.compile(r"[^\s/:]{1,15}")
#: Images that start nothing, and those that start daemons that vnetsim lacks.
_IDLE: Final = re.compile(r"(.*/)?(alpine|busybox|ubuntu|debian|fedora|rockylinux|netshoot)(:.*)?")
_ROUTERS: Final = re.compile(r"frr|bird|quagga|gobgp|openbgpd|exabgp|ovs|openvswitch", re.IGNORECASE)


@define
class ContainerlabReader:
    """Makes the steps of the lab whose topology file is called `file`."""

    file: str
    topology: ClabFile
    nodes: dict[str, ClabNode]
    management: ClabManagement
    failures: list[Failure] = attrs.field(factory=list)
    files: MachineFiles = attrs.field(factory=MachineFiles)

    @classmethod
    def of(cls, file: str, text: str) -> ContainerlabReader:
        topology = ClabFile.of(file, text)
        nodes = {node.name: node for node in topology.nodes()}
        return cls(file, topology, nodes, ClabManagement.of(topology, filter(_is_namespace, nodes.values())))

    @property
    def machines(self) -> list[ClabNode]:
        return [node for node in self.nodes.values() if _is_namespace(node)]

    def steps(self) -> list[LabStep]:
        self._refuse()
        links = list(self.topology.links())
        for node in self.machines:
            self._read_files(node)
        steps = [
            *(LabStep(command, self.file, 1) for command in self._host()),
            *self._bridges(),
            *(step for number, node in enumerate(self.machines) for step in self._node(number, node)),
            *(step for number, link in enumerate(links) for step in self._link(number, link)),
            *self.files.steps(self.file),
            *(step for node in self.machines for step in self._commands(node)),
        ]
        self.failures += self.files.failures
        return steps

    # --- what is refused -----------------------------------------------------------------------------------------

    def _refuse(self) -> None:
        from_top = self.topology.root.content[::2]
        for key in from_top:
            if key.value not in _TOP:
                self._report(f"{key.value} of a topology file", key.value, key.line)
        for given in self.management.unknown:
            self._report(f"{given.text} of mgmt", given.text, given.line)
        if len(self.nodes) > _MOST_NODES:
            raise UsageError(f"{self.file}: expected at most {_MOST_NODES} nodes, found {len(self.nodes)}")
        for node in self.nodes.values():
            if not _NODE_NAME.fullmatch(node.name):
                raise UsageError(f"{self.file}:{node.line}: expected the name of a node, found {node.name!r}")
            if node.kind not in ("linux", "bridge", _HOST):
                self._report(f"the kind {node.kind}", f"node {node.name}", node.line)
                continue
            for given in node.properties():
                if given.text not in _HONOURED and given.text not in " ".join(_WITHOUT_EFFECT).split():
                    self._report(f"the property {given.text} of nodes", f"node {node.name}", given.line)
            self._judge_image(node)

    def _judge_image(self, node: ClabNode) -> None:
        image = node.scalar("image")
        if image is None or _IDLE.fullmatch(image.text):
            return
        if _ROUTERS.search(image.text):
            self._report(f"what the image {image.text} starts", f"node {node.name}", image.line)
            return
        message = f"assumed: image {image.text} of {node.name} starts nothing that answers"
        self.failures.append(
            Failure(command="", message=message, kind=FailureKind.ASSUMED, file=self.file, line=image.line)
        )

    def _report(self, what: str, command: str, line: int) -> None:
        self.failures.append(not_modelled(what, command, self.file, line))

    # --- files ---------------------------------------------------------------------------------------------------

    def _read_files(self, node: ClabNode) -> None:
        folder = Path(self.file).parent
        for bind in node.items("binds"):
            source, colon, rest = bind.text.partition(":")
            target = rest.partition(":")[0]
            path = folder / source
            if not colon or not target.startswith("/"):
                raise UsageError(f"{self.file}:{bind.line}: expected FILE:/PATH[:OPTIONS], found {bind.text!r}")
            if "$" in bind.text or source.startswith(("__", "~")):
                self._report("variables in binds", bind.text, bind.line)
            elif source.startswith("/") or not path.resolve().is_relative_to(folder.resolve()):
                self._report("a bind of what is outside the lab's folder", bind.text, bind.line)
            elif path.is_dir():
                self.files.add_folder(node.name, path, target.rstrip("/"))
            elif path.exists():
                self.files.add_file(node.name, target, path, folder)
            else:
                raise UsageError(f"{self.file}:{bind.line}: {path}: there is no such file")
        self.files.add(node.name, "/etc/hosts", self._hosts(), self.file)

    def _hosts(self) -> str:
        lines = [f"{self._address(node)}\t{node.name}\n" for node in self.machines]
        return "".join(("127.0.0.1\tlocalhost\n", "::1\tlocalhost\n", *lines))

    def _address(self, node: ClabNode) -> str:
        return self.management.addresses[node.name][0].partition("/")[0]

    # --- topology ------------------------------------------------------------------------------------------------

    def _host(self) -> tuple[str, ...]:
        """The host's part of the management network."""
        ipv4, ipv6 = self.management.gateways
        return (
            "sysctl -qw net.ipv4.ip_forward=1",
            f"ip link add {_BRIDGE} type bridge",
            f"ip addr add {ipv4} dev {_BRIDGE}",
            f"ip addr add {ipv6} dev {_BRIDGE} nodad",
            f"ip link set {_BRIDGE} up",
            f"iptables -t nat -A POSTROUTING -s {self.management.subnet} ! -o {_BRIDGE} -j MASQUERADE",
        )

    def _bridges(self) -> Iterator[LabStep]:
        for node in self.nodes.values():
            if node.kind == "bridge":
                name = shlex.quote(node.name)
                yield LabStep(f"ip link add {name} type bridge && ip link set {name} up", self.file, node.line)

    def _node(self, number: int, node: ClabNode) -> Iterator[LabStep]:
        name, line = shlex.quote(node.name), node.line
        yield LabStep(f"ip netns add {name}", self.file, line)
        yield LabStep(f"ip -n {name} link set lo up", self.file, line)
        for option in node.items("sysctls"):
            yield LabStep(in_namespace(node.name, "sysctl", "-qw", option.text), self.file, option.line)
        mode = node.scalar("network-mode")
        if mode is not None and mode.text != "none":
            self._report(f"network-mode {mode.text}", f"node {node.name}", mode.line)
        if mode is not None:
            return
        port = f"mgmt{number}"
        ipv4, ipv6 = self.management.addresses[node.name]
        via4, via6 = (gateway.partition("/")[0] for gateway in self.management.gateways)
        for command in (
            f"ip link add {port} type veth peer name eth0 netns {name}",
            f"ip link set {port} master {_BRIDGE} up",
            f"ip -n {name} addr add {ipv4} dev eth0",
            f"ip -n {name} addr add {ipv6} dev eth0 nodad",
            f"ip -n {name} link set eth0 up",
            f"ip -n {name} route add default via {via4}",
            f"ip -n {name} -6 route add default via {via6}",
        ):
            yield LabStep(command, self.file, line)
        for option in node.items("ports"):
            yield from published(option.text, self._address(node), "", self.file, option.line)

    def _link(self, number: int, link: ClabLink) -> Iterator[LabStep]:
        if link.kind not in _LINKS:
            self._report(f"links of type {link.kind}", "links", link.line)
            return
        for end in link.ends:
            self._check(end)
        mtu = link.mtu or _MTU
        if not mtu.isascii() or not mtu.isdigit():
            raise UsageError(f"{self.file}:{link.line}: expected an MTU, found {mtu!r}")
        if link.kind == "dummy":
            (end,) = link.ends
            name, device = shlex.quote(end.node), shlex.quote(end.interface)
            yield LabStep(f"ip -n {name} link add {device} mtu {mtu} type dummy", self.file, link.line)
        else:
            first, second = (self._device(number, end, side) for side, end in enumerate(link.ends))
            yield LabStep(f"ip link add {first} mtu {mtu} type veth peer name {second} mtu {mtu}", self.file, link.line)
        for side, end in enumerate(link.ends):
            yield from self._connected(end, self._device(number, end, side).partition(" ")[0], link.line)

    def _check(self, end: ClabEnd) -> None:
        if end.node not in self.nodes and end.node != _HOST:
            known = ", ".join(self.nodes)
            raise UsageError(f"{self.file}:{end.line}: there is no node {end.node}: expected one of {known}")
        if self._is_linux(end.node) and not _INTERFACE_NAME.fullmatch(end.interface):
            expected = "expected the name of an interface, of 1 to 15 characters"
            raise UsageError(f"{self.file}:{end.line}: {expected}, found {end.interface!r}")

    def _device(self, number: int, end: ClabEnd, side: int) -> str:
        """The end as `ip link add` names it."""
        mac = f" address {shlex.quote(end.mac)}" if end.mac else ""
        if self._is_machine(end):
            given = end.interface if _INTERFACE_NAME.fullmatch(end.interface) else f"link{number}.{side}"
            return f"{shlex.quote(given)}{mac} netns {shlex.quote(end.node)}"
        return device_name(end.interface, f"link{number}.{side}") + mac

    def _is_linux(self, node: str) -> bool:
        return node == _HOST or self.nodes[node].kind in ("linux", "bridge", _HOST)

    def _is_machine(self, end: ClabEnd) -> bool:
        return end.node in self.nodes and _is_namespace(self.nodes[end.node])

    def _connected(self, end: ClabEnd, device: str, line: int) -> Iterator[LabStep]:
        """The end is up, has its addresses, and is a port of its bridge."""
        ip = f"ip -n {shlex.quote(end.node)}" if self._is_machine(end) else "ip"
        if end.node in self.nodes and self.nodes[end.node].kind == "bridge":
            yield LabStep(f"ip link set {device} master {shlex.quote(end.node)}", self.file, line)
        yield LabStep(f"{ip} link set {device} up", self.file, line)
        for address in end.addresses:
            yield LabStep(f"{ip} addr add {shlex.quote(address)} dev {device}", self.file, end.line)

    # --- commands ------------------------------------------------------------------------------------------------

    def _commands(self, node: ClabNode) -> Iterator[LabStep]:
        if not self._is_linux(node.name):
            return
        variables = [option.text for option in node.items("env")]
        prefix = ("env", *variables) if variables else ()
        entering = self.files.entering(node.name)
        command = node.scalar("cmd")
        if command is not None:
            run = in_namespace(node.name, *prefix, *self._split(command), entering=entering)
            yield LabStep(f"{run} >/dev/null 2>&1 &", self.file, command.line)
        for option in node.items("exec"):
            text = option.text.replace("$$", _DOLLAR)
            if "$" in text:
                self._report("variables in exec", option.text, option.line)
                continue
            argv = self._split(ClabValue(text.replace(_DOLLAR, "$"), option.line))
            yield LabStep(in_namespace(node.name, *prefix, *argv, entering=entering), self.file, option.line)

    def _split(self, command: ClabValue) -> list[str]:
        try:
            return shlex.split(command.text)
        except ValueError:
            raise UsageError(f"{self.file}:{command.line}: quotes that do not end in {command.text!r}") from None


def _is_namespace(node: ClabNode) -> bool:
    return node.kind not in (*_BRIDGES, _HOST)
