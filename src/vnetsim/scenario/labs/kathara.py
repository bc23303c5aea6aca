"""Kathará's labs as command lines (Kathara: manager/docker/DockerMachine.py, DockerLink.py).

A device is a named network namespace with the settings that Kathará gives its containers, a collision domain a bridge
of the host without an address.  Files of the folder DEVICE/ are the device's own, then shared.startup, DEVICE.startup
and the `exec` options run in it by bash.  `*.shutdown` is written beside them, and not run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs

from vnetsim.errors import UsageError
from vnetsim.failures import Failure, FailureKind
from vnetsim.programs.libc.running import KATHARA_IMAGE
from vnetsim.scenario.labs.files import MachineFiles, decoded
from vnetsim.scenario.labs.kathara_bridged import Uplinks
from vnetsim.scenario.labs.lab_conf import KatharaInterface, KatharaMachine, KatharaOption, ordered, parse
from vnetsim.scenario.labs.steps import LabStep, device_name, file_written, in_namespace, not_modelled
from vnetsim.values import define

#: Where the startup files are in Kathará's containers.
HOSTLAB: Final = "/hostlab"
#: Options that have no bearing on the network, and those that `_steps` reads.
_WITHOUT_EFFECT: Final = frozenset(("image", "mem", "cpus", "num_terms", "shell", "ulimit", "privileged"))
_HONOURED: Final = frozenset(("ipv6", "sysctl", "env", "exec", "bridged", "port"))
#: Images that start nothing by themselves.
_IDLE_IMAGES: Final = "kathara/"
_DEFAULT_IMAGE: Final = "kathara/base"
_SYSCTLS: Final = (
    "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0", "net.ipv4.conf.lo.rp_filter=0",
    "net.ipv4.ip_forward=1", "net.ipv4.icmp_ratelimit=0",
)  # fmt: skip
_IPV6_SYSCTLS: Final = (
    "net.ipv6.conf.all.forwarding=1", "net.ipv6.conf.all.accept_ra=0", "net.ipv6.icmp.ratelimit=0",
    "net.ipv6.conf.default.disable_ipv6=0", "net.ipv6.conf.all.disable_ipv6=0",
)  # fmt: skip
_NO_IPV6_SYSCTLS: Final = (
    "net.ipv6.conf.default.disable_ipv6=1", "net.ipv6.conf.all.disable_ipv6=1",
    "net.ipv6.conf.default.forwarding=0", "net.ipv6.conf.all.forwarding=0",
)  # fmt: skip


@define
class KatharaReader:
    """Makes the steps of the lab whose `lab.conf` is called `file`."""

    file: str
    machines: list[KatharaMachine]
    failures: list[Failure] = attrs.field(factory=list)
    files: MachineFiles = attrs.field(factory=MachineFiles)
    uplinks: Uplinks = attrs.field(factory=Uplinks)

    @classmethod
    def of(cls, file: str, text: str) -> KatharaReader:
        return cls(file, ordered(parse(file, text), Path(file).with_name("lab.dep")))

    @property
    def folder(self) -> Path:
        return Path(self.file).parent

    def steps(self) -> list[LabStep]:
        self._refuse()
        self.files.add_folder("", self.folder / "shared", "/shared")
        for machine in self.machines:
            self._read_files(machine)
        self.failures += self.files.failures
        return [
            LabStep("sysctl -qw net.ipv6.conf.default.disable_ipv6=1", self.file),
            *self._domains(),
            *self.files.steps(self.file),
            *(step for machine in self.machines for step in self._machine(machine)),
            *(step for machine in self.machines for step in self._startup(machine)),
        ]

    # --- what is refused -----------------------------------------------------------------------------------------

    def _refuse(self) -> None:
        for machine in self.machines:
            for option in machine.options:
                if option.name not in _WITHOUT_EFFECT and option.name not in _HONOURED:
                    self._report(machine, option, f"the option {option.name} of lab.conf")
            image = machine.last("image")
            if image is not None and not image.value.startswith(_IDLE_IMAGES):
                self._assume(f"image {image.value} of {machine.name} starts nothing that answers", image)
            if not machine.is_true("bridged", self.file):
                for option in machine.values("port"):
                    self._assume(f"port {option.value} of {machine.name} has no effect: it is not bridged", option)
        external = self.folder / "lab.ext"
        if external.is_file():
            for number, line in enumerate(decoded(external).split("\n"), 1):
                if line.strip() and not line.strip().startswith("#"):
                    what = "lab.ext: a collision domain that is joined to an interface of the host"
                    self.failures.append(not_modelled(what, line.strip(), str(external), number))

    def _assume(self, what: str, option: KatharaOption) -> None:
        self.failures.append(Failure(command="", message=f"assumed: {what}", kind=FailureKind.ASSUMED,
                                     file=self.file, line=option.line))  # fmt: skip

    def _report(self, machine: KatharaMachine, option: KatharaOption, what: str) -> None:
        command = f'{machine.name}[{option.name}]="{option.value}"'
        self.failures.append(not_modelled(what, command, self.file, option.line))

    # --- files ---------------------------------------------------------------------------------------------------

    def _read_files(self, machine: KatharaMachine) -> None:
        name = machine.name
        if (self.folder / name).is_dir():
            self.files.add_folder(name, self.folder / name)
        if not self.files.has(name, "/etc/hosts"):
            self.files.add(name, "/etc/hosts", f"127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {name}\n", self.file)
        if not self.files.has(name, "/etc/resolv.conf"):
            self.files.add(name, "/etc/resolv.conf", "", self.file)
        image = machine.last("image")
        name_of_image = _DEFAULT_IMAGE if image is None else image.value
        if name_of_image.startswith(_IDLE_IMAGES):
            self.files.add(name, KATHARA_IMAGE, f"{name_of_image}\n", self.file)

    # --- topology ------------------------------------------------------------------------------------------------

    def _domains(self) -> Iterator[LabStep]:
        lines: dict[str, int] = {}
        for machine in self.machines:
            for interface in machine.interfaces.values():
                lines.setdefault(interface.domain, interface.line)
        for name, line in lines.items():
            bridge = self._bridge(name)
            yield LabStep(f"ip link add {bridge} type bridge && ip link set {bridge} up", self.file, line)

    def _bridge(self, domain: str) -> str:
        names = dict.fromkeys(each.domain for machine in self.machines for each in machine.interfaces.values())
        return device_name(f"cd-{domain}", f"cd-{list(names).index(domain)}.")

    def _machine(self, machine: KatharaMachine) -> Iterator[LabStep]:
        name, line = machine.name, machine.line
        yield LabStep(f"ip netns add {name}", self.file, line)
        yield LabStep(f"ip -n {name} link set lo up", self.file, line)
        enabled = machine.is_true("ipv6", self.file)
        usual = (*_SYSCTLS, *(_IPV6_SYSCTLS if enabled else _NO_IPV6_SYSCTLS))
        yield LabStep(in_namespace(name, "sysctl", "-qw", *usual), self.file, line)
        later = [option for option in machine.values("sysctl") if _is_of_interface(option)]
        yield from (self._sysctl(machine, option) for option in machine.values("sysctl") if option not in later)
        for number in sorted(machine.interfaces):
            yield from self._interface(name, machine.interfaces[number])
        if machine.is_true("bridged", self.file):
            yield from self.uplinks.steps(self.file, machine)
        yield from (self._sysctl(machine, option) for option in later)

    def _sysctl(self, machine: KatharaMachine, option: KatharaOption) -> LabStep:
        key, equals, value = option.value.partition("=")
        if not equals or not key.startswith("net.") or "=" in value:
            raise UsageError(f"{self.file}:{option.line}: expected net.KEY=VALUE, found {option.value!r}")
        return LabStep(in_namespace(machine.name, "sysctl", "-qw", f"{key.strip()}={value.strip()}"), self.file,
                       option.line)  # fmt: skip

    def _interface(self, name: str, interface: KatharaInterface) -> Iterator[LabStep]:
        index = [machine.name for machine in self.machines].index(name)
        port = device_name(f"{name}.{interface.number}", f"device{index}.{interface.number}")
        mac = f" address {interface.mac}" if interface.mac else ""
        eth = f"eth{interface.number}"
        yield LabStep(f"ip link add {port} type veth peer name {eth}{mac} netns {name}", self.file, interface.line)
        bridge = self._bridge(interface.domain)
        yield LabStep(f"ip link set {port} master {bridge} up", self.file, interface.line)
        yield LabStep(f"ip -n {name} link set {eth} up", self.file, interface.line)

    # --- startup -------------------------------------------------------------------------------------------------

    def _startup(self, machine: KatharaMachine) -> Iterator[LabStep]:
        variables = [option.value for option in machine.values("env")]
        for option in machine.values("env"):
            if "=" not in option.value:
                raise UsageError(f"{self.file}:{option.line}: expected NAME=VALUE, found {option.value!r}")
        run = ("env", *variables, "bash") if variables else ("bash",)
        entering = self.files.entering(machine.name)
        for stem, kind in (("shared", "startup"), (machine.name, "startup"), (machine.name, "shutdown")):
            source, path = self.folder / f"{stem}.{kind}", f"{HOSTLAB}/{stem}.{kind}"
            text = self._script(source) if source.is_file() else None
            if text is None:
                continue
            yield LabStep(f"mkdir -p {HOSTLAB}", str(source))
            yield LabStep(file_written(path, text), str(source))
            if kind == "startup":
                command = in_namespace(machine.name, *run, path, entering=entering)
                yield LabStep(command, str(source), 0, {path: str(source)})
        for option in machine.values("exec"):
            command = in_namespace(machine.name, *run, "-c", option.value, entering=entering)
            yield LabStep(command, self.file, option.line)

    def _script(self, source: Path) -> str:
        if not source.resolve().is_relative_to(self.folder.resolve()):
            raise UsageError(f"{source}: this link leads out of the lab's folder: no file outside it is read")
        try:
            return decoded(source)
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            found = f"the byte 0x{error.object[error.start]:02x}"
            raise UsageError(f"{source}:{line}: expected UTF-8 text, found {found}") from None


def _is_of_interface(option: KatharaOption) -> bool:
    """Whether the setting is of an interface that has to exist first."""
    return re.search(r"\.eth[0-9]+\.", option.value) is not None
