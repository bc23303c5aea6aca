"""The flags of `docker run` and `docker create` (docker/cli, container/opts.go)."""

from __future__ import annotations

import re
from typing import Final

from vnetsim.programs.docker.flags import (
    BOOL,
    BYTES,
    DECIMAL,
    DURATION,
    INT,
    LIST,
    MAP,
    STRING,
    SWAP_BYTES,
    UINT16,
    UINT64,
    BadValue,
    Flag,
    FlagType,
    listing,
    switch,
    text,
)
from vnetsim.programs.docker.network_flag import NETWORK
from vnetsim.programs.docker.validators import (
    check_attach,
    check_dns_search,
    check_env,
    check_extra_host,
    check_ip,
    check_label,
    check_link,
    check_sysctl,
    check_ulimit,
)

_CGROUPNS_USAGE: Final = """Cgroup namespace to use (host|private)
'host':    Run the container in the Docker host's cgroup namespace
'private': Run the container in its own private cgroup namespace
'':        Use the cgroup namespace as configured by the
           default-cgroupns-mode option on the daemon (default)"""
_CGROUP_RULE: Final = re.compile(r"[acb] ([0-9]+|\*):([0-9]+|\*) [rwm]{1,3}")


def _check_cgroup_rule(words: str) -> str:
    if not _CGROUP_RULE.fullmatch(words):
        raise BadValue(f"invalid device cgroup format '{words}'")
    return words


def _list(name: str, usage: str, short: str = "", kind: FlagType = LIST, default: str = "", field: str = "") -> Flag:
    return Flag(name, kind, usage, short, default=default, field=field)


def _number(name: str, usage: str, kind: FlagType = INT, short: str = "", field: str = "") -> Flag:
    return Flag(name, kind, usage, short, field=field)


def _unmodelled(name: str, kind: FlagType, usage: str, default: str = "", field: str = "") -> Flag:
    return Flag(name, kind, usage, default=default, modelled=False, field=field)


_NETWORKING: Final = (
    _list("add-host", "Add a custom host-to-IP mapping (host:ip)", kind=listing(check_extra_host)),
    _list("dns", "Set custom DNS servers", kind=listing(check_ip), field="HostConfig.Dns"),
    Flag("dns-opt", LIST, hidden=True, sets="dns-option"),
    _list("dns-option", "Set DNS options", field="HostConfig.DnsOptions"),
    _list("dns-search", "Set custom DNS search domains", kind=listing(check_dns_search), field="HostConfig.DnsSearch"),
    text("domainname", "Container NIS domain name", field="Domainname"),
    _list("expose", "Expose a port or a range of ports"),
    text("hostname", "Container host name", "h", field="Hostname"),
    text("ip", "IPv4 address (e.g., 172.30.100.104)"),
    text("ip6", "IPv6 address (e.g., 2001:db8::33)"),
    _list("link", "Add link to another container", kind=listing(check_link)),
    _list("link-local-ip", "Container IPv4/IPv6 link-local addresses"),
    text("mac-address", "Container MAC address (e.g., 92:d0:c6:0a:29:33)"),
    Flag("net", NETWORK, hidden=True, sets="network"),
    Flag("net-alias", LIST, hidden=True, sets="network-alias"),
    Flag("network", NETWORK, "Connect a container to a network"),
    _list("network-alias", "Add network-scoped alias for the container"),
    _list("publish", "Publish a container's port(s) to the host", "p"),
    switch("publish-all", "Publish all exposed ports to random ports", "P", field="HostConfig.PublishAllPorts"),
    Flag("sysctl", listing(check_sysctl, "map"), "Sysctl options", default="map[]"),
)
_GENERAL: Final = (
    Flag("annotation", MAP, "Add an annotation to the container (passed through to the OCI runtime)", default="map[]"),
    _list("attach", "Attach to STDIN, STDOUT or STDERR", "a", listing(check_attach)),
    _list("cap-add", "Add Linux capabilities"),
    _list("cap-drop", "Drop Linux capabilities"),
    text("cgroup-parent", "Optional parent cgroup for the container", field="HostConfig.CgroupParent"),
    text("cgroupns", _CGROUPNS_USAGE),
    text("cidfile", "Write the container ID to the file", field="HostConfig.ContainerIDFile"),
    switch("disable-content-trust", "Skip image verification", default=True),
    text("entrypoint", "Overwrite the default ENTRYPOINT of the image"),
    _list("env", "Set environment variables", "e", listing(check_env)),
    _list("env-file", "Read in a file of environment variables"),
    _list("group-add", "Add additional groups to join"),
    switch("init", "Run an init inside the container that forwards signals and reaps processes"),
    switch("interactive", "Keep STDIN open even if not attached", "i", field="OpenStdin"),
    text("ipc", "IPC mode to use", field="HostConfig.IpcMode"),
    text("isolation", "Container isolation technology", field="HostConfig.Isolation"),
    _list("label", "Set meta data on a container", "l", listing(check_label)),
    _list("label-file", "Read in a line delimited file of labels"),
    text("log-driver", "Logging driver for the container"),
    _list("log-opt", "Log driver options"),
    text("name", "Assign a name to the container"),
    text("pid", "PID namespace to use"),
    switch("privileged", "Give extended privileges to this container", field="HostConfig.Privileged"),
    switch("quiet", "Suppress the pull output", "q"),
    switch("read-only", "Mount the container's root filesystem as read only", field="HostConfig.ReadonlyRootfs"),
    text("runtime", "Runtime to use for this container"),
    text("restart", "Restart policy to apply when a container exits", default="no"),
    switch(
        "rm",
        "Automatically remove the container and its associated anonymous volumes when it exits",
        field="HostConfig.AutoRemove",
    ),
    _list("security-opt", "Security Options"),
    text("stop-signal", "Signal to stop the container"),
    _number("stop-timeout", "Timeout (in seconds) to stop a container"),
    _list("tmpfs", "Mount a tmpfs directory"),
    switch("tty", "Allocate a pseudo-TTY", "t", field="Tty"),
    text("user", "Username or UID (format: <name|uid>[:<group|gid>])", "u", field="User"),
    text("userns", "User namespace to use"),
    text("uts", "UTS namespace to use"),
    _list("volume", "Bind mount a volume", "v"),
    text("workdir", "Working directory inside the container", "w", field="WorkingDir"),
)
_RESOURCES: Final = (
    _number("cpu-period", "Limit CPU CFS (Completely Fair Scheduler) period", field="HostConfig.CpuPeriod"),
    _number("cpu-quota", "Limit CPU CFS (Completely Fair Scheduler) quota", field="HostConfig.CpuQuota"),
    _number("cpu-rt-period", "Limit CPU real-time period in microseconds", field="HostConfig.CpuRealtimePeriod"),
    _number("cpu-rt-runtime", "Limit CPU real-time runtime in microseconds", field="HostConfig.CpuRealtimeRuntime"),
    _number("cpu-shares", "CPU shares (relative weight)", short="c", field="HostConfig.CpuShares"),
    _number("cpus", "Number of CPUs", DECIMAL, field="HostConfig.NanoCpus"),
    text("cpuset-cpus", "CPUs in which to allow execution (0-3, 0,1)", field="HostConfig.CpusetCpus"),
    text("cpuset-mems", "MEMs in which to allow execution (0-3, 0,1)", field="HostConfig.CpusetMems"),
    _number("kernel-memory", "Kernel memory limit", BYTES),
    _number("memory", "Memory limit", BYTES, "m", field="HostConfig.Memory"),
    _number("memory-reservation", "Memory soft limit", BYTES, field="HostConfig.MemoryReservation"),
    _number(
        "memory-swap",
        "Swap limit equal to memory plus swap: '-1' to enable unlimited swap",
        SWAP_BYTES,
        field="HostConfig.MemorySwap",
    ),
    Flag(
        "memory-swappiness",
        INT,
        "Tune container memory swappiness (0 to 100)",
        default="-1",
        initial=-1,
        field="HostConfig.MemorySwappiness",
    ),
    switch("oom-kill-disable", "Disable OOM Killer", field="HostConfig.OomKillDisable"),
    _number("oom-score-adj", "Tune host's OOM preferences (-1000 to 1000)", field="HostConfig.OomScoreAdj"),
    _number("pids-limit", "Tune container pids limit (set -1 for unlimited)", field="HostConfig.PidsLimit"),
    _number("shm-size", "Size of /dev/shm", BYTES, field="HostConfig.ShmSize"),
    Flag("ulimit", FlagType("ulimit", check_ulimit, many=True), "Ulimit options", default="[]"),
)
_UNMODELLED: Final = (
    _unmodelled(
        "blkio-weight",
        UINT16,
        "Block IO (relative weight), between 10 and 1000, or 0 to disable",
        "0",
        field="HostConfig.BlkioWeight",
    ),
    _unmodelled(
        "blkio-weight-device",
        LIST,
        "Block IO weight (relative device weight)",
        "[]",
        field="HostConfig.BlkioWeightDevice",
    ),
    _unmodelled("device", LIST, "Add a host device to the container", field="HostConfig.Devices"),
    _unmodelled("device-cgroup-rule", listing(_check_cgroup_rule), "Add a rule to the cgroup allowed devices list"),
    _unmodelled(
        "device-read-bps",
        LIST,
        "Limit read rate (bytes per second) from a device",
        "[]",
        field="HostConfig.BlkioDeviceReadBps",
    ),
    _unmodelled(
        "device-read-iops",
        LIST,
        "Limit read rate (IO per second) from a device",
        "[]",
        field="HostConfig.BlkioDeviceReadIOps",
    ),
    _unmodelled(
        "device-write-bps",
        LIST,
        "Limit write rate (bytes per second) to a device",
        "[]",
        field="HostConfig.BlkioDeviceWriteBps",
    ),
    _unmodelled(
        "device-write-iops",
        LIST,
        "Limit write rate (IO per second) to a device",
        "[]",
        field="HostConfig.BlkioDeviceWriteIOps",
    ),
    _unmodelled(
        "gpus", FlagType("gpu-request", str, zero=""), "GPU devices to add to the container ('all' to pass all GPUs)"
    ),
    _unmodelled("health-cmd", STRING, "Command to run to check health"),
    _unmodelled("health-interval", DURATION, "Time between running the check (ms|s|m|h)", "0s"),
    _unmodelled("health-retries", INT, "Consecutive failures needed to report unhealthy"),
    _unmodelled(
        "health-start-interval", DURATION, "Time between running the check during the start period (ms|s|m|h)", "0s"
    ),
    _unmodelled(
        "health-start-period",
        DURATION,
        "Start period for the container to initialize before starting health-retries countdown (ms|s|m|h)",
        "0s",
    ),
    _unmodelled("health-timeout", DURATION, "Maximum time to allow one check to run (ms|s|m|h)", "0s"),
    _unmodelled("mount", FlagType("mount", str, many=True), "Attach a filesystem mount to the container"),
    _unmodelled("no-healthcheck", BOOL, "Disable any container-specified HEALTHCHECK"),
    text("platform", "Set platform if server is multi-platform capable"),
    _unmodelled("storage-opt", LIST, "Storage driver options for the container"),
    _unmodelled("use-api-socket", BOOL, "Bind mount Docker API socket and required auth"),
    _unmodelled("volume-driver", STRING, "Optional volume driver for the container", field="HostConfig.VolumeDriver"),
    _unmodelled("volumes-from", LIST, "Mount volumes from the specified container(s)"),
    Flag("cpu-count", INT, "CPU count (Windows only)", platform="windows", field="HostConfig.CpuCount"),
    Flag("cpu-percent", INT, "CPU percent (Windows only)", platform="windows", field="HostConfig.CpuPercent"),
    Flag(
        "io-maxbandwidth",
        BYTES,
        "Maximum IO bandwidth limit for the system drive (Windows only)",
        platform="windows",
        field="HostConfig.IOMaximumBandwidth",
    ),
    Flag(
        "io-maxiops",
        UINT64,
        "Maximum IOps limit for the system drive (Windows only)",
        platform="windows",
        field="HostConfig.IOMaximumIOps",
    ),
)
CONTAINER_FLAGS: Final = _NETWORKING + _GENERAL + _RESOURCES + _UNMODELLED
CREATE_FLAGS: Final = (
    *CONTAINER_FLAGS,
    text("pull", 'Pull image before creating ("always", "|missing", "never")', default="missing"),
)
RUN_FLAGS: Final = (
    *CONTAINER_FLAGS,
    switch("detach", "Run container in background and print container ID", "d"),
    text("detach-keys", "Override the key sequence for detaching a container"),
    text("pull", 'Pull image before running ("always", "missing", "never")', default="missing"),
    switch("sig-proxy", "Proxy received signals to the process", default=True),
)
