"""A lab of containerlab is a scenario: nodes of kind linux are namespaces, links veth pairs."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from vnetsim.cli import main
from vnetsim.errors import UsageError
from vnetsim.failures import IncompleteLab
from vnetsim.lab import Lab
from vnetsim.scenario.build import load

ROUTED = """\
name: routed
topology:
  kinds:
    linux:
      image: alpine:3
  groups:
    hosts:
      kind: linux
      exec:
        - ip route add 10.0.0.0/8 via 10.0.1.1 dev eth1
  nodes:
    r1:
      kind: linux
      exec:
        - ip addr add 10.0.1.1/24 dev eth1
        - ip addr add 10.0.2.1/24 dev eth2
    pc1:
      group: hosts
      binds: ["motd:/etc/motd:ro"]
    web:
      kind: linux
      image: alpine
      cmd: python3 -m http.server 80
      ports: ["8080:80"]
      env: {WHO: me}
      sysctls: {net.ipv4.icmp_echo_ignore_all: 0}
      exec: ["ip link set eth1 mtu 1400", "sh -c 'ip link set eth1 alias $$WHO'"]
  links:
    - endpoints: ["pc1:eth1", "r1:eth1"]
    - type: veth
      mtu: 1500
      endpoints:
        - {node: web, interface: eth1, mac: "02:00:00:00:00:07", ipv4: 10.0.2.2/24}
        - {node: r1, interface: eth2}
"""


def written(folder: Path, text: str, name: str = "demo.clab.yml") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    (folder / "motd").write_text("hello\n", "utf-8")
    return folder


def output(lab: Lab, line: str) -> str:
    return lab.run(line).stdout.strip()


def failures(folder: Path) -> list[str]:
    with pytest.raises(IncompleteLab) as caught:
        load(folder)
    return [str(failure).replace(f"{folder}/", "") for failure in caught.value.failures]


def topology(*lines: str) -> str:
    return "\n".join(("topology:", "  nodes:", *lines, ""))


@pytest.fixture
def routed(tmp_path: Path) -> Path:
    return written(
        tmp_path,
        ROUTED.replace(
            "      exec:\n        - ip route",
            "      exec:\n        - ip addr add 10.0.1.2/24 dev eth1\n        - ip route",
        ),
    )


def test_a_folder_is_a_scenario(routed: Path) -> None:
    lab = load(routed)
    assert lab.run("ip netns exec pc1 ping -c 1 10.0.2.1").exit_code == 0
    assert "mtu 9500" in output(lab, "ip -n pc1 link show eth1")
    link = output(lab, "ip -n web link show eth1")
    assert "mtu 1400" in link
    assert "02:00:00:00:00:07" in link
    assert "alias me" in link
    assert output(lab, "ip netns exec pc1 cat /etc/motd") == "hello"
    result = CliRunner().invoke(main, ["why", str(routed), "netns:pc1", "netns:r1"])
    assert result.exit_code == 0


def test_nodes_are_in_the_management_network_and_publish_ports(routed: Path) -> None:
    lab = load(routed)
    assert "172.20.20.3/24" in output(lab, "ip -n pc1 addr show eth0")
    assert lab.run("ip netns exec pc1 ping -c 1 172.20.20.1").exit_code == 0
    assert lab.run("curl -s http://172.20.20.1:8080/").exit_code == 0
    assert output(lab, "ip netns exec r1 getent hosts web") == "172.20.20.4     web"


def test_the_management_network_is_that_of_the_file(tmp_path: Path) -> None:
    text = topology("    a: {kind: linux}", "    b: {kind: linux, mgmt-ipv4: 10.9.0.2}")
    lab = load(written(tmp_path, f"mgmt: {{ipv4-subnet: 10.9.0.0/24, ipv6-subnet: 'fd00:9::/64'}}\n{text}"))
    assert "10.9.0.3/24" in output(lab, "ip -n a addr show eth0")
    assert "10.9.0.2/24" in output(lab, "ip -n b addr show eth0")
    assert lab.run("ip netns exec a ping -c 1 fd00:9::3").exit_code == 0


def test_bridges_the_host_and_dummies(tmp_path: Path) -> None:
    text = topology(
        "    br1: {kind: bridge}",
        "    a: {kind: linux, network-mode: none}",
        "    b: {kind: linux, network-mode: none}",
        "  links:",
        '    - endpoints: ["a:eth1", "br1:a1"]',
        '    - endpoints: ["b:eth1", "br1:b1"]',
        '    - endpoints: ["b:eth2", "host:tohost"]',
        "    - {type: dummy, endpoint: {node: a, interface: d0}}",
    )
    lab = load(written(tmp_path, text))
    assert output(lab, "bridge link show").count("master br1") == 2
    assert lab.run("ip link show tohost").exit_code == 0
    assert "d0" in output(lab, "ip -n a link show d0")
    assert lab.run("ip -n a link show eth0").exit_code != 0


def test_what_is_not_modelled_is_named_with_its_line(tmp_path: Path) -> None:
    text = topology(
        "    srl: {kind: nokia_srlinux}",
        "    r: {kind: linux, image: frrouting/frr}",
        "    a:",
        "      kind: linux",
        "      binds: [/lib/modules:/lib/modules]",
        "      exec: [echo $HOME]",
        "      stages: {}",
        "  links:",
        '    - endpoints: ["a:eth1", "srl:ethernet-1/1"]',
        "    - {type: vxlan, endpoint: {node: a, interface: v0}, host-interface: x}",
        "mgmt: {network: m, external-access: false}",
    )
    lines = [
        "11: `external-access`: vnetsim: not modelled: external-access of mgmt",
        "3: `node srl`: vnetsim: not modelled: the kind nokia_srlinux",
        "4: `node r`: vnetsim: not modelled: what the image frrouting/frr starts",
        "9: `node a`: vnetsim: not modelled: the property stages of nodes",
        "7: `/lib/modules:/lib/modules`: vnetsim: not modelled: a bind of what is outside the lab's folder",
        "12: `links`: vnetsim: not modelled: links of type vxlan",
        "8: `echo $HOME`: vnetsim: not modelled: variables in exec",
    ]
    found = failures(written(tmp_path, text))
    assert sorted(each.partition(": `")[2] for each in found) == sorted(each.partition(": `")[2] for each in lines)
    assert all(each.startswith("demo.clab.yml:") for each in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("topology: {}\n", ":1: expected a mapping topology with a mapping nodes"),
        ("a: [\n", ":2: "),
        ("mgmt: {ipv4-subnet: fd00::/64}\n" + topology("    a: {kind: linux}"), ":1: expected a subnet of IPv4, found"),
        (topology("    a: {kind: linux, mgmt-ipv4: 10.0.0.1}"), ":3: expected an address of 172.20.20.0/24, found"),
        (
            topology("    a: {kind: linux, mgmt-ipv4: 172.20.20.9}", "    b: {kind: linux, mgmt-ipv4: 172.20.20.9}"),
            ":4: 172.20.20.9 is the address of another node already",
        ),
        (topology("    a: {image: x}"), ":3: expected a kind of the node a, as kind: linux"),
        (topology("    a: {kind: linux}", "  links:", '    - endpoints: ["a:eth1"]'), ":5: expected endpoints"),
        (
            topology("    a: {kind: linux}", "  links:", "    - endpoints: [a, b]"),
            ":5: expected NODE:INTERFACE, found 'a'",
        ),
        (
            topology("    a: {kind: linux}", "  links:", '    - endpoints: ["a:eth1", "b:eth1"]'),
            ":5: there is no node b: expected one of a",
        ),
        (topology("    a: {kind: linux, binds: [nothing]}"), ":3: expected FILE:/PATH[:OPTIONS], found 'nothing'"),
        (topology("    a: {kind: linux, exec: ['x \"']}"), ":3: quotes that do not end"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(written(tmp_path, text))
    assert str(caught.value).startswith(f"{tmp_path}/demo.clab.yml{expected}")
    assert CliRunner().invoke(main, ["reach", str(tmp_path)]).exit_code == 2


def test_a_folder_with_two_labs_needs_a_name(routed: Path) -> None:
    written(routed, ROUTED, "other.clab.yml")
    with pytest.raises(UsageError, match=r"demo.clab.yml and other.clab.yml are labs"):
        load(routed)


def test_a_lab_is_imported_as_a_script_that_makes_it_again(routed: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["import", str(routed)])
    assert result.exit_code == 0, result.output
    script = tmp_path / "lab.sh"
    script.write_text(result.stdout, "utf-8")
    lab = load(script)
    assert lab.run("ip netns exec pc1 ping -c 1 10.0.2.1").exit_code == 0
    assert CliRunner().invoke(main, ["import", str(script)]).exit_code == 2


def test_verify_takes_no_lab(routed: Path) -> None:
    result = CliRunner().invoke(main, ["verify", str(routed / "demo.clab.yml")])
    assert result.exit_code == 2
    assert "this is a lab: expected a script of it" in result.stderr


def test_an_import_names_what_is_not_modelled(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["import", str(written(tmp_path, topology("    x: {kind: nokia_srlinux}")))])
    assert result.exit_code == 1
    assert "not modelled: the kind nokia_srlinux" in result.stderr
