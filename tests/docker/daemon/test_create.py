"""Making containers: names, bodies that cannot be, devices that cannot be, and IPv6."""

from __future__ import annotations

from typing import Any

import pytest

from tests.docker.simulated import Simulated
from vnetsim import Lab
from vnetsim.docker.daemon.links import environment
from vnetsim.docker.nat import ContainerPort
from vnetsim.docker.runconfig.capabilities import capabilities
from vnetsim.docker.runconfig.config import host_config


@pytest.fixture
def host() -> Simulated:
    return Simulated()


def refused(host: Simulated, name: str | None = None, **body: Any) -> str:
    return host.refusal(host.engine.container_create({"Image": "alpine", **body}, name))


# --- what is asked for ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a", "a b", "-x", "web/1", "ü1"])
def test_names_that_are_none(host: Simulated, name: str) -> None:
    told = f"Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"
    assert refused(host, name) == f"400 {told}"


def test_a_name_that_is_taken(host: Simulated) -> None:
    made = host.create("web")
    assert refused(host, "web") == (
        f'409 Conflict. The container name "/web" is already in use by container "{made}". You have to remove (or '
        "rename) that container to be able to reuse that name."
    )


def test_who_has_no_name_is_given_one(host: Simulated) -> None:
    host.do(host.engine.container_create({"Image": "alpine"}))
    (name,) = host.engine.container_list(all=True)[0]["Names"]
    assert "_" in name


BODIES: list[tuple[dict[str, Any], str]] = [
    ({"Image": "nosuch"}, "404 No such image: nosuch:latest"),
    ({"HostConfig": {"ExtraHosts": ["x"]}}, '400 bad format for add-host: "x"'),
    ({"HostConfig": {"ExtraHosts": ["x:y"]}}, '400 invalid IP address in add-host: "y"'),
    ({"HostConfig": {"PortBindings": {"80/tcp": [{"HostPort": "x"}]}}}, '400 invalid port specification: "x"'),
    ({"HostConfig": {"AutoRemove": True, "RestartPolicy": {"Name": "always"}}},
     "400 can't create 'AutoRemove' container with restart policy"),
    ({"HostConfig": {"RestartPolicy": {"Name": "maybe"}}},
     ("400 invalid restart policy: unknown policy 'maybe'; use one of 'no', 'always', 'on-failure', or "
      "'unless-stopped'")),
    ({"HostConfig": {"NetworkMode": "container:"}},
     "400 invalid network mode: invalid container format container:<name|id>"),
    ({"NetworkingConfig": {"EndpointsConfig": {"bridge": {"Aliases": ["x"]}}}},
     ("400 invalid config for network bridge: invalid endpoint settings:\n"
      "network-scoped alias is supported only for containers in user defined networks")),
    ({"HostConfig": {"Links": ["a:b:c"]}}, "500 bad format for links: a:b:c"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "refusal"), BODIES)
def test_bodies_that_cannot_be(host: Simulated, body: dict[str, Any], refusal: str) -> None:
    assert refused(host, "web", **body) == refusal
    assert host.engine.container_list(all=True) == []


def test_a_network_by_the_beginning_of_its_id(host: Simulated) -> None:
    made = host.network("app")
    host.run("web", networks=[made[:12]])
    assert host.engine.container_inspect("web")["HostConfig"]["NetworkMode"] == made
    assert list(host.networks_of("web")) == ["app"]


def test_a_mac_address_is_for_the_main_network(host: Simulated) -> None:
    host.do(host.engine.container_create({"Image": "alpine", "MacAddress": "02:42:AC:11:00:99"}, "web"))
    host.do(host.engine.container_start("web"))
    assert host.networks_of("web")["bridge"]["MacAddress"] == "02:42:ac:11:00:99"
    assert "02:42:ac:11:00:99" in host.exec("web", "ip", "link", "show", "eth0")
    settings = {"EndpointsConfig": {"bridge": {"MacAddress": "02:00:00:00:00:01"}}}
    words = "the container-wide MAC address must match the endpoint-specific MAC address for the main network"
    assert refused(host, MacAddress="02:00:00:00:00:02", NetworkingConfig=settings) == f"400 {words}, or be left empty"


def test_warnings(host: Simulated) -> None:
    ports = {"80/tcp": [{"HostPort": "80"}]}
    body = {"Image": "alpine", "HostConfig": {"NetworkMode": "host", "PortBindings": ports}}
    answer = host.do(host.engine.container_create(body))
    assert answer["Warnings"] == ["Published ports are discarded when using host network mode"]


def test_entry_point_and_command(host: Simulated) -> None:
    body = {"Image": "alpine", "Entrypoint": ["echo", "one"], "Cmd": ["two"]}
    host.do(host.engine.container_create(body, "web"))
    shown = host.engine.container_inspect("web")
    assert (shown["Path"], shown["Args"]) == ("echo", ["one", "two"])
    host.do(host.engine.container_start("web"))
    host.lab.sleep(1)
    assert host.engine.container_logs("web") == [("stdout", "one two\n")]


@pytest.mark.parametrize(
    ("config", "allowed"),
    [
        ({}, {"NET_BIND_SERVICE", "NET_RAW"}),
        ({"CapAdd": ["net_admin"]}, {"NET_BIND_SERVICE", "NET_RAW", "NET_ADMIN"}),
        ({"CapDrop": ["CAP_NET_RAW"]}, {"NET_BIND_SERVICE"}),
        ({"CapDrop": ["ALL"], "CapAdd": ["NET_RAW"]}, {"NET_RAW"}),
        ({"CapAdd": ["ALL"], "CapDrop": ["NET_RAW"]}, {"NET_BIND_SERVICE", "NET_ADMIN"}),
        ({"CapAdd": ["ALL"]}, None),
        ({"Privileged": True, "CapDrop": ["ALL"]}, None),
    ],
)
def test_capabilities(config: dict[str, Any], allowed: set[str] | None) -> None:
    assert capabilities(host_config({"HostConfig": config})) == allowed


def test_the_variables_of_a_link() -> None:
    ports = [
        ContainerPort(number=number, protocol=protocol) for number, protocol in ((80, "tcp"), (81, "tcp"), (53, "udp"))
    ]
    said = environment("/app/my-db", "10.0.0.2", ["PASSWORD=x", "PATH=/bin", "broken"], ports)
    assert said == [
        "MY_DB_PORT=tcp://10.0.0.2:80",
        "MY_DB_PORT_80_TCP=tcp://10.0.0.2:80", "MY_DB_PORT_80_TCP_ADDR=10.0.0.2", "MY_DB_PORT_80_TCP_PORT=80",
        "MY_DB_PORT_80_TCP_PROTO=tcp",
        "MY_DB_PORT_81_TCP=tcp://10.0.0.2:81", "MY_DB_PORT_81_TCP_ADDR=10.0.0.2", "MY_DB_PORT_81_TCP_PORT=81",
        "MY_DB_PORT_81_TCP_PROTO=tcp",
        "MY_DB_PORT_53_UDP=udp://10.0.0.2:53", "MY_DB_PORT_53_UDP_ADDR=10.0.0.2", "MY_DB_PORT_53_UDP_PORT=53",
        "MY_DB_PORT_53_UDP_PROTO=udp",
        "MY_DB_PORT_80_TCP_START=tcp://10.0.0.2:80", "MY_DB_PORT_80_TCP_PORT_START=80",
        "MY_DB_PORT_80_TCP_END=tcp://10.0.0.2:81", "MY_DB_PORT_80_TCP_PORT_END=81",
        "MY_DB_NAME=/app/my-db", "MY_DB_ENV_PASSWORD=x",
    ]  # fmt: skip


# --- sysctls and devices -------------------------------------------------------------------------------------------

RUNC = "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed"


def test_sysctls_of_a_container(host: Simulated) -> None:
    host.run("web", Sysctls={"net.ipv4.ip_forward": "1"})
    assert host.exec("web", "cat", "/proc/sys/net/ipv4/ip_forward") == "1\n"
    assert host.lab.run("docker exec web sh -c 'echo 0 > /proc/sys/net/ipv4/ip_forward'").exit_code != 0


@pytest.mark.parametrize(
    ("mode", "sysctl", "words"),
    [
        ("bridge", "kernel.hostname", f'500 {RUNC}: sysctl "kernel.hostname" is not in a separate kernel namespace'),
        ("host", "net.ipv4.ip_forward",
         f'500 {RUNC}: sysctl "net.ipv4.ip_forward" not allowed in host network namespace'),
        ("bridge", "net.ipv4.nosuch",
         (f"400 {RUNC}: unable to start container process: error during container init: open sysctl net.ipv4.nosuch "
          "file: unsafe procfs detected: openat2 fsmount:fscontext:proc/./sys/net/ipv4/nosuch: no such file or "
          "directory")),
    ],
)  # fmt: skip
def test_sysctls_that_are_not_the_containers(host: Simulated, mode: str, sysctl: str, words: str) -> None:
    host.create("web", NetworkMode=mode, Sysctls={sysctl: "1"})
    assert host.refusal(host.engine.container_start("web")) == words


def connect(host: Simulated, **options: str) -> str:
    """The refusal to connect `web` with `app`, with options of the endpoint."""
    opts = {f"com.docker.network.endpoint.{key}": value for key, value in options.items()}
    body = {"Container": "web", "EndpointConfig": {"DriverOpts": opts}}
    return host.named(host.refusal(host.engine.network_connect("app", body)))


def devices(host: Simulated) -> list[str]:
    return [host.named(line.split()[0].split("@")[0]) for line in host.exec("web", "ip", "-br", "link").splitlines()]


def test_device_names_that_cannot_be(host: Simulated) -> None:
    """The devices stay behind, as they do behind a real engine."""
    host.network("app")
    host.run("web")
    failed = '500 failed to add interface {0} to sandbox: error renaming interface "{0}" to'
    assert connect(host, ifname="eth0") == f'{failed.format("veth1")} "eth0": file exists'
    long = "averyveryverylongname"
    assert connect(host, ifname=long) == f'{failed.format("veth2")} "{long}": numerical result out of range'
    assert devices(host) == ["lo", "eth0", "veth1", "veth2"]


def test_sysctls_of_a_device(host: Simulated) -> None:
    """A device that was not to be had its name all the same: the next one is eth2."""
    host.network("app")
    host.run("web")
    assert connect(host, sysctls="net.ipv4.conf.eth1.log_martians=1").startswith("400 invalid endpoint settings:")
    failed = "500 failed to add interface veth1 to sandbox"
    refusal = connect(host, sysctls="net.ipv4.conf.IFNAME.nosuch=1")
    assert refusal == f"{failed}: /proc/sys/net/ipv4/conf/eth1/nosuch is not a sysctl file"
    sysctl = {"com.docker.network.endpoint.sysctls": "net.ipv4.conf.IFNAME.log_martians=1"}
    host.do(host.engine.network_connect("app", {"Container": "web", "EndpointConfig": {"DriverOpts": sysctl}}))
    assert devices(host) == ["lo", "eth0", "eth2"]
    assert host.exec("web", "cat", "/proc/sys/net/ipv4/conf/eth2/log_martians") == "1\n"


def test_a_failed_connection_is_seen_in_the_container_and_not_in_the_network(host: Simulated) -> None:
    host.network("app")
    host.run("web")
    connect(host, ifname="eth0")
    assert host.networks_of("web")["app"]["IPAddress"] == "172.18.0.2"
    assert host.engine.network_inspect("app")["Containers"] == {}


def test_an_address_that_a_route_is_in_the_way_of(host: Simulated) -> None:
    host.network("app", IPAM={"Config": [{"Subnet": "10.0.0.0/24"}]})
    host.run("web", CapAdd=["NET_ADMIN"])
    host.exec("web", "ip", "route", "add", "10.0.0.0/25", "dev", "eth0")
    refusal = host.refusal(host.engine.network_connect("app", {"Container": "web"}))
    assert "cannot program address 10.0.0.2/24 in sandbox interface because it conflicts with existing route" in refusal
    assert "Dst: 10.0.0.0/25" in refusal


# --- IPv6 ----------------------------------------------------------------------------------------------------------


def test_both_families(host: Simulated) -> None:
    subnets = [{"Subnet": "10.0.0.0/24"}, {"Subnet": "fd00::/64"}]
    host.network("dual", EnableIPv6=True, IPAM={"Config": subnets})
    host.run("web", networks=["dual"])
    told = host.networks_of("web")["dual"]
    assert (told["GlobalIPv6Address"], told["GlobalIPv6PrefixLen"], told["IPv6Gateway"]) == ("fd00::2", 64, "fd00::1")
    hosts = host.exec("web", "cat", "/etc/hosts").splitlines()
    assert [line.split("\t")[0] for line in hosts[-2:]] == ["10.0.0.2", "fd00::2"]
    assert "inet6 fd00::2/64" in host.exec("web", "ip", "addr", "show", "eth0")
    assert "-A PREROUTING -d fd00::2/128 ! -i" in host.lab.run("ip6tables -t raw -S").stdout


def test_ipv6_alone(host: Simulated) -> None:
    host.network("six", EnableIPv4=False, EnableIPv6=True, IPAM={"Config": [{"Subnet": "fd00::/64"}]})
    host.run("web", networks=["six"])
    told = host.networks_of("web")["six"]
    assert (told["IPAddress"], told["GlobalIPv6Address"]) == ("", "fd00::2")
    assert "inet " not in host.exec("web", "ip", "addr", "show", "eth0")


def test_the_default_bridge_with_ipv6() -> None:
    host = Simulated("--ipv6", "--fixed-cidr-v6", "fd00:1::/64")
    host.run("web")
    told = host.networks_of("web")["bridge"]
    assert (told["IPAddress"], told["GlobalIPv6Address"]) == ("172.17.0.2", "fd00:1::2")
    assert host.lab.run("cat /proc/sys/net/ipv6/conf/all/forwarding").stdout == "1\n"


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("-v data:relative", "invalid mount path: 'relative' mount path must be absolute"),
        ("-v data:/", "invalid specification: destination can't be '/'"),
        ("-v data:/a:nosuch", "invalid mode: nosuch"),
        ("-v data:/a:ro,rw", "invalid mode: ro,rw"),
        ("-v ab:b:c:d", "invalid volume specification: 'ab:b:c:d'"),
        ("-v /a:/b -v /c:/b", "Duplicate mount point: /b"),
        ("-v '!bad:/b'", 'create !bad: "!bad" includes invalid characters for a local volume name'),
        ("-v :/b", "invalid spec: :/b: empty section between colons"),
        ("--mount type=nosuch,target=/b", 'invalid mount config for type "nosuch": mount type unknown'),
        ("--mount type=volume", "target is required"),
        ("--mount type=bind,target=/b", 'invalid mount config for type "bind": field Source must not be empty'),
        ("--tmpfs /a:nosuch", 'invalid tmpfs option "nosuch"'),
        ("--volumes-from nosuch", "No such container: nosuch"),
        ("--health-cmd true --no-healthcheck", "--no-healthcheck conflicts with --health-* options"),
        ("-v /x:/etc/resolv.conf", "not modelled: a mount at /etc/resolv.conf"),
    ],
)
def test_bad_mounts_and_health_checks_are_refused_and_no_container_is_left(flag: str, message: str) -> None:
    lab = Lab()
    result = lab.run(f"docker run -d {flag} --name mounted alpine")
    assert result.exit_code != 0
    assert message in result.stderr
    assert lab.run("docker ps -aq").stdout == ""
