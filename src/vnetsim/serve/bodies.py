"""The types of what requests have in their bodies (api/types of moby 28.5, as encoding/json checks them).

A specification is one line for each type: the type, and the members that have it.  `null` fits all of them, and members
that are not listed are left to the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from vnetsim.docker.api.types import Json
from vnetsim.errors import EngineError

#: Go's type by the name of a member.
Members: TypeAlias = Mapping[str, str]


def _members(text: str) -> Members:
    """`string: Name Driver` and more lines."""
    lines = (line.partition(": ") for line in text.strip().splitlines())
    return {name: kind.strip() for kind, _, names in lines for name in names.split()}


_CONFIG: Final = """
    string: Hostname Domainname User Image WorkingDir MacAddress StopSignal
    bool: AttachStdin AttachStdout AttachStderr Tty OpenStdin StdinOnce ArgsEscaped NetworkDisabled
    nat.PortSet: ExposedPorts
    map[string]struct {}: Volumes
    []string: Env OnBuild
    strslice.StrSlice: Cmd Entrypoint Shell
    map[string]string: Labels
    int: StopTimeout
    container.HealthConfig: Healthcheck
    container.HostConfig: HostConfig
    network.NetworkingConfig: NetworkingConfig
"""
_HOST_CONFIG: Final = """
    []string: Binds VolumesFrom CapAdd CapDrop Dns DnsOptions DnsSearch ExtraHosts GroupAdd Links SecurityOpt
    []string: DeviceCgroupRules MaskedPaths ReadonlyPaths
    string: ContainerIDFile NetworkMode VolumeDriver CgroupnsMode IpcMode Cgroup PidMode UTSMode UsernsMode Runtime
    string: Isolation CgroupParent CpusetCpus CpusetMems
    bool: AutoRemove Privileged PublishAllPorts ReadonlyRootfs OomKillDisable Init
    int64: Memory MemoryReservation MemorySwap MemorySwappiness NanoCpus CpuShares CpuPeriod CpuQuota
    int64: CpuRealtimePeriod CpuRealtimeRuntime CpuCount CpuPercent IOMaximumIOps IOMaximumBandwidth PidsLimit ShmSize
    int64: OomScoreAdj BlkioWeight
    map[string]string: Annotations StorageOpt Tmpfs Sysctls
    container.LogConfig: LogConfig
    container.RestartPolicy: RestartPolicy
    nat.PortMap: PortBindings
    []struct: Devices DeviceRequests Ulimits Mounts BlkioWeightDevice BlkioDeviceReadBps BlkioDeviceWriteBps
    []struct: BlkioDeviceReadIOps BlkioDeviceWriteIOps
    []uint: ConsoleSize
"""
_ENDPOINT: Final = """
    string: MacAddress NetworkID EndpointID Gateway IPAddress IPv6Gateway GlobalIPv6Address
    []string: Links Aliases DNSNames
    map[string]string: DriverOpts
    network.EndpointIPAMConfig: IPAMConfig
    int: GwPriority IPPrefixLen GlobalIPv6PrefixLen
"""
#: The members of each struct.
_STRUCTS: Final[Mapping[str, Members]] = {
    name: _members(text)
    for name, text in {
        "": _CONFIG,
        "container.HostConfig": _HOST_CONFIG,
        "container.LogConfig": "string: Type\nmap[string]string: Config",
        "container.RestartPolicy": "string: Name\nint: MaximumRetryCount",
        "container.HealthConfig": "[]string: Test\nint64: Interval Timeout StartPeriod StartInterval Retries",
        "network.NetworkingConfig": "map[string]*network.EndpointSettings: EndpointsConfig",
        "network.EndpointSettings": _ENDPOINT,
        "network.EndpointIPAMConfig": "string: IPv4Address IPv6Address\n[]string: LinkLocalIPs",
        "network.IPAM": "string: Driver\nmap[string]string: Options\n[]network.IPAMConfig: Config",
        "network.IPAMConfig": "string: Subnet IPRange Gateway\nmap[string]string: AuxiliaryAddresses AuxAddress",
        "network.ConfigReference": "string: Network",
        "CreateRequest": """
            string: Name Driver Scope
            bool: EnableIPv4 EnableIPv6 Internal Attachable Ingress ConfigOnly CheckDuplicate
            network.IPAM: IPAM
            network.ConfigReference: ConfigFrom
            map[string]string: Options Labels
        """,
        "ConnectOptions": "string: Container\nnetwork.EndpointSettings: EndpointConfig",
        "DisconnectOptions": "string: Container\nbool: Force",
        "CreateOptions": "string: Name Driver\nmap[string]string: DriverOpts Labels",
        "ExecOptions": """
            string: User DetachKeys WorkingDir
            bool: Privileged Tty AttachStdin AttachStdout AttachStderr Detach
            []string: Env Cmd
            []uint: ConsoleSize
        """,
        "ExecStartOptions": "bool: Detach Tty\n[]uint: ConsoleSize",
        "UpdateConfig": _HOST_CONFIG,
    }.items()
}
#: What the creation of a container knows.
_CREATION: Final = _STRUCTS[""]
#: What of JSON fits a type of Go.
_SIMPLE: Final[Mapping[str, Callable[[Any], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "int64": lambda value: isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63,
    "uint": lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
    "struct": lambda value: isinstance(value, dict),
    "struct {}": lambda value: isinstance(value, dict),
    "nat.PortSet": lambda value: isinstance(value, dict) and all(isinstance(each, dict) for each in value.values()),
}


def checked(body: Json, struct: str) -> Json:
    """`body` with the names as Go has them, which finds members whatever the case of their names.

    What a container's creation does not know is dropped, as encoding/json drops it.  EngineError 400 with its
    sentence for the first member of a wrong type.
    """
    named = _named(body, struct)
    _check_struct(named, struct, struct)
    return {name: value for name, value in named.items() if name in _CREATION} if not struct else named


def _named(value: Any, kind: str) -> Any:
    """A struct, a list or map of structs, whose members have the names of Go."""
    if isinstance(value, list) and kind.startswith("[]"):
        return [_named(each, kind.removeprefix("[]")) for each in value]
    if isinstance(value, dict) and kind.startswith("map[string]*"):
        return {name: _named(each, kind.removeprefix("map[string]*")) for name, each in value.items()}
    members = _STRUCTS.get(kind)
    if members is None or not isinstance(value, dict):
        return value
    known = {name.lower(): name for name in members} | {name: name for name in members}
    named: Json = {}
    name: str
    for name, each in value.items():
        own = known.get(name) or known.get(name.lower(), name)
        named[own] = _named(each, members[own]) if own in members else each
    return named


def _check_struct(value: Json, struct: str, path: str) -> None:
    for name, kind in _STRUCTS[struct].items():
        if value.get(name) is not None:
            _check(value[name], kind, f"{path}.{name}")


def _check(value: Any, kind: str, path: str) -> None:
    """A value that is not null."""
    if kind in _SIMPLE:
        if not _SIMPLE[kind](value):
            raise _mistyped(value, path, kind)
    elif kind in _STRUCTS:
        if not isinstance(value, dict):
            raise _mistyped(value, path, kind)
        _check_struct(value, kind, path)
    else:
        _check_elements(value, kind, path)


def _check_elements(value: Any, kind: str, path: str) -> None:
    """A list or a map."""
    if kind == "strslice.StrSlice":
        if not isinstance(value, str):
            _check_list(value, "string", path, kind)
    elif kind.startswith("[]"):
        _check_list(value, kind.removeprefix("[]"), path, kind)
    elif kind == "nat.PortMap":
        for port, bindings in _members_of(value, path, kind):
            _check_list(bindings, "struct", f"{path}.{port}", "[]nat.PortBinding")
    else:
        for name, each in _members_of(value, path, kind):
            _check(each, kind.removeprefix("map[string]").removeprefix("*"), f"{path}.{name}")


def _members_of(value: Any, path: str, kind: str) -> list[tuple[str, Any]]:
    """Those that are not null."""
    if not isinstance(value, dict):
        raise _mistyped(value, path, kind)
    return [(name, each) for name, each in value.items() if each is not None]


def _check_list(value: Any, kind: str, path: str, whole: str) -> None:
    if not isinstance(value, list):
        raise _mistyped(value, path, whole)
    for each in value:
        _check(each, kind, path)


_KINDS: Final = ((bool, "bool"), (str, "string"), (int | float, "number"), (list, "array"), (dict, "object"))


def _mistyped(value: Any, path: str, kind: str) -> EngineError:
    found = next(
        (name for of, name in _KINDS if isinstance(value, of)), "object" if isinstance(value, dict) else "null"
    )
    if found == "number" and "int" in kind:
        found = f"number {value!r}"
    problem = f"json: cannot unmarshal {found} into Go struct field {path} of type {kind}"
    return EngineError(400, f"invalid JSON: {problem}")
