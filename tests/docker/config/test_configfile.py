"""/etc/docker/daemon.json: dockerd's own words, taken from `dockerd --validate` and starts of Engine 28.5.2."""

from __future__ import annotations

import pytest

from vnetsim import Lab
from vnetsim.docker.config.options import DaemonOptions
from vnetsim.errors import EngineError, NotModelled, UsageError

_WHERE = "unable to configure the Docker daemon with file /etc/docker/daemon.json: "
_CONFLICT = "the following directives are specified both as a flag and in the configuration file: "
_UNKNOWN = "the following directives don't match any configuration option: "
_MERGED = "merged configuration validation from file and command line flags failed: "
_STRUCT = "invalid JSON: json: cannot unmarshal {} into Go struct field Config.{} of type {}"


@pytest.mark.parametrize(
    ("text", "flags", "refusal"),
    [
        ('{"bip": "10.200.0.1/24"', "", "invalid JSON: unexpected end of JSON input"),
        ('{"bipp": "1", "xx": 2}', "", _UNKNOWN + "bipp, xx"),
        ('{"BIP": "10.0.0.1/24"}', "", _UNKNOWN + "BIP"),
        ('{"firewall-backend": "nftables"}', "", _UNKNOWN + "firewall-backend"),
        ("[]", "", "invalid JSON: json: cannot unmarshal array into Go value of type map[string]interface {}"),
        ('{"bip": 5}', "", _STRUCT.format("number", "bip", "string")),
        ('{"mtu": "x"}', "", _STRUCT.format("string", "mtu", "int")),
        ('{"icc": "maybe"}', "", _STRUCT.format("string", "icc", "bool")),
        ('{"dns": "1.1.1.1"}', "", _STRUCT.format("string", "dns", "[]net.IP")),
        ('{"dns": ["x"]}', "", "invalid JSON: invalid IP address: x"),
        ('{"ip": "x"}', "", "invalid JSON: invalid IP address: x"),
        ('{"host-gateway-ips": ["10.0.0.1", "x"]}', "", 'invalid JSON: ParseAddr("x"): unable to parse IP'),
        (
            '{"default-address-pools": "x"}',
            "",
            "invalid JSON: json: cannot unmarshal string into Go value of type []*ipamutils.NetworkToSplit",
        ),
        (
            '{"default-network-opts": {"bridge": {"a": 1}}}',
            "",
            _STRUCT.format("number", "default-network-opts.bridge.a", "string"),
        ),
        ('{"mtu": -1}', "", _MERGED + "invalid default MTU: -1"),
        ('{"log-level": "x"}', "", _MERGED + "invalid logging level: x"),
        (
            '{"fixed-cidr-v6": "10.0.0.0/8"}',
            "",
            _MERGED + "invalid fixed-cidr-v6: invalid fixed-cidr-v6: '10.0.0.0/8' is not a valid IPv6 subnet",
        ),
        (
            "{}",
            "--host-gateway-ip 1.1.1.1 --host-gateway-ip 2.2.2.2",
            _MERGED + "only one IPv4 host gateway IP address can be specified",
        ),
        (
            '{"bip": "10.200.0.1/24"}',
            "--bip 10.9.0.1/24",
            _CONFLICT + "bip: (from flag: 10.9.0.1/24, from file: 10.200.0.1/24)",
        ),
        ('{"dns": ["1.1.1.1"]}', "--dns 2.2.2.2", _CONFLICT + "dns: (from flag: [2.2.2.2], from file: [1.1.1.1])"),
        ('{"icc": false}', "--icc=true", _CONFLICT + "icc: (from flag: true, from file: false)"),
        (
            '{"default-address-pools": [{"base": "10.0.0.0/8", "size": 24}]}',
            "--default-address-pool base=10.0.0.0/8,size=24",
            _CONFLICT + "default-address-pools: (from flag: 10.0.0.0/8 24, from file: [map[base:10.0.0.0/8 size:24]])",
        ),
        (
            '{"default-network-opts": {"bridge": {"a": "1"}}}',
            "--default-network-opt bridge=b=c",
            _CONFLICT + "default-network-opts: (from flag: map[bridge:map[b:c]], from file: map[bridge:map[a:1]])",
        ),
    ],
)
def test_what_the_file_may_not_say(text: str, flags: str, refusal: str) -> None:
    with pytest.raises(UsageError) as refused:
        DaemonOptions.parse(flags.split(), text)
    assert str(refused.value) == _WHERE + refusal


@pytest.mark.parametrize(
    ("flags", "refusal"),
    [
        ("--bip foo", "parse bip failed: invalid CIDR address: foo"),
        ("--bip 10.0.0.1", "parse bip failed: invalid CIDR address: 10.0.0.1"),
        ("--fixed-cidr x", "parse fixed-cidr failed: invalid CIDR address: x"),
        (
            "--bip 10.0.0.0/24",
            'error creating default "bridge" network: failed to allocate gateway (10.0.0.0): Address already in use',
        ),
        ("--mtu 10", 'error creating default "bridge" network: invalid argument'),
        (
            "--default-address-pool base=10.0.0.0/8,size=4",
            (
                "error obtaining controller instance: could not construct local address space: network at index 0 "
                "(&{10.0.0.0/8 4}) has a smaller prefix (/8) than the target size of that pool (/4)"
            ),
        ),
        (
            "--bip 10.200.0.1/24 --default-gateway 10.9.9.9",
            (
                'error creating default "bridge" network: auxiliary address: (DefaultGatewayIPv4:10.9.9.9) must belong '
                "to the master pool: 10.200.0.0/24"
            ),
        ),
    ],
)
def test_what_the_engine_starts_with_and_stumbles_over(flags: str, refusal: str) -> None:
    with pytest.raises(UsageError) as failed:
        Lab(docker=True, docker_flags=flags.split())
    assert str(failed.value) == f"failed to start daemon: Error initializing network controller: {refusal}"


@pytest.mark.parametrize(
    ("flags", "refusal"),
    [
        ("--bridge br0 --bip 10.0.0.1/24", "You specified -b & --bip, mutually exclusive options."),
        ("--iptables=false --icc=false", "You specified --iptables=false with --icc=false. ICC=false uses iptables"),
    ],
)
def test_what_does_not_go_together(flags: str, refusal: str) -> None:
    with pytest.raises(UsageError, match=f"failed to start daemon: {refusal}"):
        DaemonOptions.parse(flags.split())


@pytest.mark.parametrize("name", ["live-restore", "data-root", "log-driver", "registry-mirrors"])
def test_what_does_not_concern_networks_is_named(name: str) -> None:
    with pytest.raises(NotModelled, match=name):
        DaemonOptions.parse([], f'{{"{name}": "x"}}')


def test_an_empty_file_says_nothing_and_a_null_neither() -> None:
    assert DaemonOptions.parse([], " \n") == DaemonOptions.parse([], '{"bip": null}') == DaemonOptions.parse([])


def test_validate_says_what_the_engine_would_say() -> None:
    lab = Lab(files={"/etc/docker/daemon.json": '{"bip": 5}', "/etc/other.json": "{}"})
    assert lab.run("dockerd --validate").stderr == _WHERE + _STRUCT.format("number", "bip", "string") + "\n"
    assert lab.run("dockerd --validate --config-file /etc/other.json").stderr == "configuration OK\n"
    missing = lab.run("dockerd --validate --config-file /none.json")
    assert missing.stderr.endswith("with file /none.json: open /none.json: no such file or directory\n")
    assert missing.exit_code == 1


def test_an_engine_that_does_not_start_can_be_asked_why() -> None:
    lab = Lab(docker=True)
    lab.run('mkdir -p /etc/docker; echo \'{"bip": "foo"}\' > /etc/docker/daemon.json')
    failed = lab.run("systemctl restart docker")
    assert (failed.exit_code, failed.stderr.split("\n")[0]) == (
        1,
        "Job for docker.service failed because the control process exited with error code.",
    )
    assert lab.run("systemctl is-active docker").stdout == "failed\n"
    assert "parse bip failed: invalid CIDR address: foo" in lab.run("journalctl -xeu docker.service").stdout
    assert "Cannot connect to the Docker daemon" in lab.run("docker ps").stderr
    assert lab.run("rm /etc/docker/daemon.json; systemctl start docker")
    assert lab.run("docker ps")


def test_a_lab_has_its_file_from_the_beginning() -> None:
    lab = Lab(files={"/etc/docker/daemon.json": '{"bip": "10.200.0.1/24", "mtu": 1400}'})
    lab.run("docker run -d --name web alpine sleep infinity")
    assert "mtu 1400" in lab.run("docker exec web ip link show eth0").stdout
    assert lab.docker.container_inspect("web")["NetworkSettings"]["Networks"]["bridge"]["IPAddress"] == "10.200.0.2"


def test_a_bad_file_is_the_users_mistake() -> None:
    with pytest.raises(UsageError, match="unexpected end of JSON input"):
        Lab(docker=True, files={"/etc/docker/daemon.json": "{"})


def test_refusals_of_the_network_controller_are_the_engines() -> None:
    with pytest.raises(EngineError):
        DaemonOptions.parse(["--bip", "foo"])
