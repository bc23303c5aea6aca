"""The command line of dockerd."""

from __future__ import annotations

import pytest

from vnetsim.docker.config.options import DaemonOptions
from vnetsim.errors import NotModelled, UsageError


def test_nothing_said() -> None:
    options = DaemonOptions.parse([])
    assert options.icc
    assert options.iptables
    assert options.userland_proxy
    assert (options.bip, options.bridge, options.mtu) == ("", None, 1500)


def test_both_ways_to_give_a_value() -> None:
    words = "--bip 10.9.0.1/24 --fixed-cidr=10.9.0.128/25 --icc=false --ipv6 --mtu 1400"
    options = DaemonOptions.parse(words.split())
    assert options.bip == "10.9.0.1/24"
    assert options.fixed_cidr == "10.9.0.128/25"
    assert not options.icc
    assert options.ipv6
    assert options.mtu == 1400


def test_what_may_be_said_again_adds_up() -> None:
    words = "--default-address-pool base=10.10.0.0/16,size=24 --default-address-pool size=64,base=fd00::/48"
    pools = DaemonOptions.parse(f"{words} --dns 9.9.9.9 --dns 1.1.1.1".split())
    assert [(str(base), size) for base, size in pools.default_address_pools] == [
        ("10.10.0.0/16", 24),
        ("fd00::/48", 64),
    ]
    assert pools.dns == ["9.9.9.9", "1.1.1.1"]


def test_options_for_networks_that_are_made_later() -> None:
    words = "--default-network-opt bridge=com.docker.network.driver.mtu=1234 --default-network-opt=macvlan=parent=eth0"
    options = DaemonOptions.parse(words.split())
    assert options.default_network_opt == {
        "bridge": {"com.docker.network.driver.mtu": "1234"},
        "macvlan": {"parent": "eth0"},
    }


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["--mtu", "big"], 'invalid argument "big" for "--mtu" flag: strconv.ParseInt: parsing "big": invalid syntax'),
        (["--icc=perhaps"], 'invalid argument "perhaps" for "--icc" flag'),
        (["--ip", "x"], 'invalid argument "x" for "--ip" flag: failed to parse IP: "x"'),
        (["--dns", "x"], 'invalid argument "x" for "--dns" flag: invalid string being converted to IP address: x'),
        (["--dns-search", "a b"], 'invalid argument "a b" for "--dns-search" flag: a b is not a valid domain'),
        (["--default-address-pool", "foo"], "invalid field 'foo' must be a key=value pair"),
        (["--default-network-opt", "bridge"], 'invalid value "bridge" for map option, should be root-key=key=value'),
        (["--foo"], "unknown flag: --foo"),
        (["--bip"], "flag needs an argument: --bip"),
        (["run"], "unexpected argument 'run' for dockerd"),
    ],
)
def test_what_is_refused(words: list[str], refusal: str) -> None:
    with pytest.raises(UsageError) as refused:
        DaemonOptions.parse(words)
    assert refusal in str(refused.value)


def test_what_is_not_modelled() -> None:
    with pytest.raises(NotModelled, match="--tlsverify"):
        DaemonOptions.parse(["--tlsverify"])
