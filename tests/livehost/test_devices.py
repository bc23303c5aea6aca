"""Devices that vnetsim does not have make the lab incomplete; pairs are found among devices with equal indexes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from click.testing import CliRunner

from vnetsim.cli import main
from vnetsim.livehost.importer import imported_host

HOSTS = Path(__file__).parent.parent / "recorded" / "hosts"


def _with_tunnel(tmp_path: Path, kind: str) -> Path:
    """A host that has the device tun9 of that kind, too."""
    host = Path(shutil.copytree(HOSTS / "router" / "host", tmp_path / "copy"))
    for file in ("link.json", "addr.json"):
        path = host / "host" / file
        tunnel = {"ifindex": 9, "ifname": "tun9", "flags": ["UP"], "mtu": 1420, "link_type": "none",
                  "linkinfo": {"info_kind": kind},
                  "addr_info": [{"family": "inet", "local": "10.8.0.1", "prefixlen": 24}]}  # fmt: skip
        path.write_text(json.dumps([*json.loads(path.read_text("utf-8")), tunnel]), "utf-8")
    return host


def test_a_device_of_a_type_that_is_not_modelled_is_named(tmp_path: Path) -> None:
    host = _with_tunnel(tmp_path, "macsec")
    result = CliRunner().invoke(main, ["import", str(host)])
    assert "ip link add tun9 type macsec || ip link add tun9 type dummy\n" in result.stdout
    assert "ip addr add 10.8.0.1/24 dev tun9\n" in result.stdout
    assert "not taken over: tun9: devices of type macsec are not modelled" in result.stderr
    result = CliRunner().invoke(main, ["reach", str(host)])
    assert result.exit_code == 2
    assert "vnetsim: not modelled: devices of type macsec" in result.stderr


def test_a_wireguard_device_without_its_configuration_makes_the_lab_incomplete(tmp_path: Path) -> None:
    host = _with_tunnel(tmp_path, "wireguard")
    result = CliRunner().invoke(main, ["import", str(host)])
    assert "not taken over: tun9: its keys and peers" in result.stderr
    result = CliRunner().invoke(main, ["reach", str(host)])
    assert result.exit_code == 2
    assert "wg setconf tun9 /etc/wireguard/tun9.conf" in result.stderr


def test_each_veth_of_a_host_has_its_peer() -> None:
    lines = imported_host(HOSTS / "engine" / "host").script.splitlines()
    names = {line.split()[-1] for line in lines if line.startswith("ip netns add ")}
    pairs = [line for line in lines if " type veth peer name " in line]
    assert len(pairs) == 7  # four of bridges, two between containers, one to the outside
    assert sum("netns lan" in line for line in pairs) == 1
    assert len(names) == 4
