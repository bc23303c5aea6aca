"""The request for a service's container (pkg/compose/create.go: getCreateConfigs)."""

from __future__ import annotations

from vnetsim.compose.config import image_of
from vnetsim.compose.model import Project
from vnetsim.compose.ports import parse
from vnetsim.compose.render import service_hash
from vnetsim.compose.service import ServiceConfig, ServiceNetworkConfig
from vnetsim.compose.values import ComposeError
from vnetsim.errors import NotModelled
from vnetsim.programs.compose.session import DEPENDS_LABEL, HASH_LABEL, NUMBER_LABEL, Json
from vnetsim.programs.compose.volumes import binds_of, mounts_of
from vnetsim.programs.docker.cobra import CommandError
from vnetsim.programs.docker.endpoints import settings

_IFNAME = "com.docker.network.endpoint.ifname"
_MOUNTS = ("bind", "volume", "tmpfs")
#: Lists that the docker client sends empty and Compose not at all.
_NULL = (
    *("BlkioDeviceReadBps", "BlkioDeviceReadIOps", "BlkioDeviceWriteBps", "BlkioDeviceWriteIOps"),
    *("BlkioWeightDevice", "Devices"),
)
_CONDITIONS = {"none": "no", "any": "always"}


def container_name(project: Project, service: ServiceConfig, number: int) -> str:
    return service.container_name or f"{project.name}-{service.name}-{number}"


def check_modelled(project: Project) -> None:
    """Refuse by name what the engine does not know yet, before anything is made."""
    for name, service in sorted(project.services.items()):
        for what, is_wanted in (
            ("a provider", service.provider is not None),
            ("volumes of other services", bool(service.volumes_from)),
            ("images and clusters as volumes", any(one.type not in _MOUNTS for one in service.volumes)),
            ("models", bool(service.models)),
            ("lifecycle hooks", bool(service.post_start or service.pre_stop)),
        ):
            if is_wanted:
                raise NotModelled(f"docker compose: {what} for service {name}")


def container_body(
    project: Project,
    service: ServiceConfig,
    number: int,
    links: list[str],
    labels: dict[str, str],
    mounts: list[Json],
) -> Json:
    """The body of POST /containers/create; `mounts` are those of secrets and configs."""
    mode, networking = _networking(project, service, number, links)
    exposed, bindings = _ports(service)
    environment = [key if value is None else f"{key}={value}" for key, value in sorted(service.environment.items())]
    grace = service.stop_grace_period
    return {
        "Hostname": service.hostname,
        "Domainname": service.domainname,
        "User": service.user,
        "ExposedPorts": exposed,
        "Tty": service.tty,
        "OpenStdin": service.stdin_open,
        "AttachStdout": True,
        "AttachStderr": True,
        "Env": environment,
        "Cmd": service.command,
        "Healthcheck": _health_check(service),
        "Image": image_of(service, project),
        "WorkingDir": service.working_dir,
        "Entrypoint": service.entrypoint,
        "Labels": {**labels, **_own_labels(service, number)},
        "StopSignal": service.stop_signal or None,
        "StopTimeout": None if grace is None else grace // 1_000_000_000,
        "HostConfig": {
            **_host_config(service, mode, bindings, links),
            "Binds": binds_of(project, service) or None,
            "Mounts": [*mounts_of(service), *mounts] or None,
        },
        "NetworkingConfig": networking,
    }


def _own_labels(service: ServiceConfig, number: int) -> dict[str, str]:
    dependencies = (
        f"{name}:{one.condition}:{'true' if one.restart else 'false'}"
        for name, one in sorted(service.depends_on.items())
    )
    return {
        HASH_LABEL: service_hash(service),
        NUMBER_LABEL: str(number),
        DEPENDS_LABEL: ",".join(dependencies),
    }


def _host_config(service: ServiceConfig, mode: str, bindings: dict[str, list[Json]], links: list[str]) -> Json:
    logging = service.logging
    return {
        "Annotations": service.annotations or None,
        "CapAdd": _capabilities(service.cap_add),
        "CapDrop": _capabilities(service.cap_drop),
        "NetworkMode": mode,
        "Init": service.init,
        "IpcMode": service.ipc,
        "CgroupnsMode": service.cgroup,
        "ReadonlyRootfs": service.read_only,
        "RestartPolicy": _restart_policy(service),
        "ShmSize": service.shm_size or None,
        "Sysctls": service.sysctls or None,
        "PortBindings": bindings,
        **dict.fromkeys(_NULL, None),
        "Dns": service.dns or None,
        "DnsSearch": service.dns_search or None,
        "DnsOptions": service.dns_opt or None,
        "ExtraHosts": sorted(f"{host}:{ip}" for host, ips in service.extra_hosts.items() for ip in ips),
        "SecurityOpt": service.security_opt or None,
        "UsernsMode": service.userns_mode,
        "UTSMode": service.uts,
        "Privileged": service.privileged,
        "PidMode": service.pid,
        "Tmpfs": {path: rest for path, _, rest in (entry.partition(":") for entry in service.tmpfs)} or None,
        "Isolation": service.isolation,
        "Runtime": service.runtime or None,
        "LogConfig": {"Type": logging.driver, "Config": logging.options} if logging is not None else None,
        "GroupAdd": service.group_add or None,
        "Links": links or None,
        "OomScoreAdj": service.oom_score_adj,
        **_resources(service),
    }


def _health_check(service: ServiceConfig) -> Json | None:
    """ToMobyHealthCheck."""
    check = service.healthcheck
    if check is None:
        return None
    if check.disable:
        return {"Test": ["NONE"]}
    fields = {
        "Test": check.test,
        "Interval": check.interval,
        "Timeout": check.timeout,
        "StartPeriod": check.start_period,
        "StartInterval": check.start_interval,
        "Retries": check.retries,
    }
    return {name: value for name, value in fields.items() if value}


def _capabilities(names: list[str]) -> list[str] | None:
    """As the engine keeps them."""
    upper = [name.upper() for name in names]
    return [name if name == "ALL" or name.startswith("CAP_") else f"CAP_{name}" for name in upper] or None


def _resources(service: ServiceConfig) -> Json:
    limits = service.deploy.resources.limits if service.deploy is not None else None
    reservations = service.deploy.resources.reservations if service.deploy is not None else None
    memory = limits.memory if limits is not None and limits.memory else service.mem_limit
    cpus = limits.cpus if limits is not None and limits.cpus else service.cpus
    pids = limits.pids if limits is not None and limits.pids else service.pids_limit
    reserved = reservations.memory if reservations is not None and reservations.memory else service.mem_reservation
    ulimits = [
        {"Name": name, "Hard": limit.hard or limit.single, "Soft": limit.soft or limit.single}
        for name, limit in sorted(service.ulimits.items())
        if limit is not None
    ]
    return {
        "CgroupParent": service.cgroup_parent,
        "Memory": memory,
        "MemorySwap": service.memswap_limit,
        "MemoryReservation": reserved,
        "MemorySwappiness": service.mem_swappiness or None,
        "OomKillDisable": service.oom_kill_disable or None,
        "CpuPeriod": service.cpu_period,
        "CpuQuota": service.cpu_quota,
        "CpuShares": service.cpu_shares,
        "NanoCpus": round(cpus * 1_000_000_000),
        "CpusetCpus": service.cpuset,
        "PidsLimit": pids or None,
        "Ulimits": ulimits or None,
    }


def _restart_policy(service: ServiceConfig) -> Json:
    policy = service.deploy.restart_policy if service.deploy is not None else None
    if policy is not None:
        name, count = policy.condition, str(policy.max_attempts or 0)
    else:
        name, _, count = service.restart.partition(":")
    attempts = int(count) if count.isascii() and count.isdecimal() else 0
    return {"Name": _CONDITIONS.get(name, name), "MaximumRetryCount": attempts}


def _ports(service: ServiceConfig) -> tuple[dict[str, Json], dict[str, list[Json]]]:
    """Exposed ports, and where they are published."""
    exposed: dict[str, Json] = {}
    bindings: dict[str, list[Json]] = {}
    for entry in service.expose:
        try:
            ports = [f"{port['target']}/{port['protocol']}" for port in parse(entry)]
        except ComposeError as error:
            raise CommandError(str(error)) from None
        exposed.update({key: {} for key in ((entry,) if entry.isdecimal() else ports)})
    for port in service.ports:
        key = f"{port.target}/{port.protocol}"
        exposed[key] = {}
        bindings.setdefault(key, []).append({"HostIp": port.host_ip, "HostPort": port.published})
    return dict(sorted(exposed.items())), dict(sorted(bindings.items()))


# --- networks ------------------------------------------------------------------------------------------------------


def networks_by_priority(service: ServiceConfig) -> list[str]:
    def order(name: str) -> tuple[int, str]:
        config = service.networks[name]
        return (-(config.priority if config is not None else 0), name)

    return sorted(service.networks, key=order)


def _networking(project: Project, service: ServiceConfig, number: int, links: list[str]) -> tuple[str, Json | None]:
    """The network mode, and the endpoints: the first one is that of the highest priority."""
    if service.network_mode:
        return service.network_mode, None
    if not project.networks:
        return "none", None
    names = networks_by_priority(service) or ["default"]
    first = service.networks.get(names[0])
    if first is not None and service.mac_address and first.mac_address not in ("", service.mac_address):
        raise CommandError(f"the service-level mac_address should have the same value as network {names[0]}")
    endpoints: dict[str, Json] = {}
    for name in names:
        config = service.networks.get(name)
        mac = config.mac_address if config is not None else ""
        if name == names[0]:
            mac = mac or service.mac_address
        endpoints[project.networks[name].name] = _endpoint(project, service, number, config, links, mac)
    return project.networks[names[0]].name, {"EndpointsConfig": endpoints}


def _endpoint(
    project: Project,
    service: ServiceConfig,
    number: int,
    config: ServiceNetworkConfig | None,
    links: list[str],
    mac: str,
) -> Json:
    aliases = [container_name(project, service, number), service.name]
    if config is None:
        return settings(Aliases=aliases, Links=links or None, MacAddress=mac)
    addresses: Json = {}
    for key, value in (
        ("IPv4Address", config.ipv4_address),
        ("IPv6Address", config.ipv6_address),
        ("LinkLocalIPs", config.link_local_ips),
    ):
        if value:
            addresses[key] = value
    options = dict(config.driver_opts)
    if config.interface_name:
        options[_IFNAME] = config.interface_name
    return settings(
        Aliases=[*aliases, *config.aliases],
        Links=links or None,
        IPAMConfig=addresses,
        MacAddress=mac,
        DriverOpts=options or None,
        GwPriority=config.gw_priority,
    )
