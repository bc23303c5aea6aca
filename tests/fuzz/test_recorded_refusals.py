"""What real machines refuse (captured): Linux 6.18.44, iproute2 6.1.0, Docker Engine 28.5.2, busybox 1.35."""

from __future__ import annotations

import pytest

from vnetsim import Lab

#: Typed one after the other.
STACKED = [
    ("ip link add br0 type bridge", 0, ""),
    ("ip link add m4 link br0 type macvlan", 0, ""),
    ("ip link set m4 master br0", 2, "RTNETLINK answers: Device or resource busy\n"),
    ("ip link add m5 link br0 type macvlan mode bridge", 0, ""),
    ("ip link set m5 master br0", 2, "RTNETLINK answers: Device or resource busy\n"),
    ("ip link add br1 type bridge", 0, ""),
    ("ip link set m4 master br1", 0, ""),
    ("ip link add m6 link m4 type macvlan", 0, ""),
    ("ip link set m6 master br1", 0, ""),
    ("ip link add m7 link br1 type macvlan", 0, ""),
    ("ip link set m7 master br0", 2, "RTNETLINK answers: Device or resource busy\n"),
    ("ip link set m7 master br1", 2, "RTNETLINK answers: Device or resource busy\n"),
]


def test_a_device_that_stands_on_a_bridge_is_no_port_of_it() -> None:
    lab = Lab(docker=False)
    for line, status, stderr in STACKED:
        result = lab.run(line)
        assert (line, result.exit_code, result.stderr) == (line, status, stderr)
    assert lab.run("for d in br0 br1 m4 m5 m6 m7; do ip link set $d up; done; sleep 5").output == ""


FILTERS = [
    ("expose==80", 'error while looking up for expose =80: strconv.ParseUint: parsing "=80": invalid syntax'),
    ("expose=9-5", "error while looking up for expose 9-5: Invalid range specified for the Port: 9-5"),
    ("expose=99999", 'error while looking up for expose 99999: strconv.ParseUint: parsing "99999": value out of range'),
    ("publish=", "error while looking up for publish : Empty string specified for ports."),
    ("publish=8-", 'error while looking up for publish 8-: strconv.ParseUint: parsing "": invalid syntax'),
    ("publish=-8", 'error while looking up for publish -8: strconv.ParseUint: parsing "": invalid syntax'),
]
NAMES = [
    ("(", ""), (r"\d", ""), ("w*?b", "web\n"), ("^/web$", "web\n"), (r"[\w]eb", "web\n"), ("*web", ""), ("w{", ""),
    ("web)", ""),
]  # fmt: skip


@pytest.fixture(scope="module")
def host() -> Lab:
    lab = Lab()
    lab.run("docker run -d -p 8080:80 --name web nginx")
    return lab


@pytest.mark.parametrize(("given", "words"), FILTERS)
def test_a_filter_that_is_no_range_of_ports_is_refused(host: Lab, given: str, words: str) -> None:
    assert host.run(f"docker ps -f {given}").stderr == f"Error response from daemon: {words}\n"


@pytest.mark.parametrize(("expression", "found"), NAMES)
def test_names_are_filtered_by_regular_expressions_of_go(host: Lab, expression: str, found: str) -> None:
    assert host.run(f"docker ps -f 'name={expression}' --format '{{{{.Names}}}}'").stdout == found


@pytest.mark.parametrize("seconds", ["x", "1x", "-1", "99999999999"])
def test_busybox_wget_takes_seconds(seconds: str) -> None:
    result = Lab(docker=False).run(f"busybox wget -T {seconds} http://127.0.0.1/")
    assert (result.exit_code, result.stderr) == (1, f"wget: invalid number '{seconds}'\n")


BAD_URLS = [("http://", "bad address ''"), ("http://:80/", "bad address ':80'"), ("http://a:x/", "bad port 'x'")]


@pytest.mark.parametrize(("url", "words"), BAD_URLS)
def test_busybox_wget_takes_urls(url: str, words: str) -> None:
    result = Lab(docker=False).run(f"busybox wget -q -O - {url}")
    assert (result.exit_code, result.stderr) == (1, f"wget: {words}\n")


def test_a_regular_expression_that_is_none_is_false_and_nobody_says_so() -> None:
    assert Lab(docker=False).run("[[ a =~ *a ]]; echo $?").output == "2\n"


def test_a_blank_condition_of_a_counting_loop_holds() -> None:
    """GNU bash 5.2."""
    line = "for ((i = 0; ; i++)); do echo $i; [ $i = 2 ] && break; done"
    assert Lab(docker=False).run(line).output == "0\n1\n2\n"


#: Found by garbled lines; what the real tools say (procps 4.0.2, sed 4.9, iproute2 6.1.0).
GARBLED = [
    ("sysctl -w neR.ipv4.conf.all.arp_accept=0", 1,
     "sysctl: cannot stat /proc/sys/neR/ipv4/conf/all/arp_accept: No such file or directory\n"),
    ("sysctl -w net.ipv5.conf.all.arp_accept=0", 1,
     "sysctl: cannot stat /proc/sys/net/ipv5/conf/all/arp_accept: No such file or directory\n"),
    ("echo abc | sed -E 's/(a)(b)/\\4094\\1/'", 1,
     "sed: -e expression #1, char 17: invalid reference \\4 on `s' command's RHS\n"),
    ("echo abc | sed 's/a/\\1/;p'", 1, "sed: -e expression #1, char 8: invalid reference \\1 on `s' command's RHS\n"),
    ("ip -br '' default link", 1, 'Object "" is unknown, try "ip help".\n'),
    ("set -- -ab; getopts ab o; getopts web ab o; getopts = o x; echo $?", 0, ""),
]  # fmt: skip


def test_a_year_that_is_too_late_is_not_modelled() -> None:
    assert "not modelled: date -d @99999999999999" in Lab(docker=False).run("date -u -d @99999999999999").stderr


@pytest.mark.parametrize(("line", "status", "stderr"), GARBLED)
def test_a_garbled_line_is_refused(line: str, status: int, stderr: str) -> None:
    result = Lab(docker=False).run(line)
    assert (result.exit_code, result.stderr) == (status, stderr)


def test_protocols_that_libnetwork_does_not_know_are_exposed_and_not_published() -> None:
    lab = Lab.docker_host()
    lab.run("docker run -d --name idle --expose 53/xyz --expose 7/icmp --expose 9/udp busybox sleep 1000")
    found = lab.run("docker inspect -f '{{json .Config.ExposedPorts}} {{json .NetworkSettings.Ports}}' idle").stdout
    assert found == '{"53/xyz":{},"7/icmp":{},"9/udp":{}} {"53/0":null,"7/icmp":null,"9/udp":null}\n'
    assert lab.run("docker ps --format '{{.Ports}}'").stdout == "7/icmp, 9/udp, 53/0\n"
    for protocol in ("xyz", "icmp"):
        result = lab.run(f"docker run -d --name {protocol} -P --expose 9/udp --expose 53/{protocol} busybox sleep 1000")
        assert result.exit_code == 125
        assert f"driver failed programming external connectivity on endpoint {protocol} (" in result.stderr
        assert "): unknown protocol\n" in result.stderr
        assert lab.run(f"docker ps -a --filter name={protocol} --format '{{{{.Status}}}}'").stdout == "Created\n"


def test_traceroute_wants_both_addresses_of_one_family() -> None:
    lab = Lab(docker=False)
    for line, words in (
        ("traceroute -s 10.0.0.2 ::1", "IP version mismatch in addresses specified\n"),
        ("traceroute -T -s ::1 10.0.0.2", "IP version mismatch in addresses specified\n"),
        ("traceroute -s 10.0.0.2 ::1 99999999", "too big packetlen 99999999 specified\n"),
    ):
        result = lab.run(line)
        assert (result.exit_code, result.stdout, result.stderr) == (2, "", words)


def test_ping_ignores_a_source_of_the_other_family() -> None:
    lab = Lab(docker=False)
    lab.run("ip link set lo up")
    for source, target, header in (
        ("::1", "127.0.0.1", "PING 127.0.0.1 (127.0.0.1) from 127.0.0.1 : 56(84) bytes of data.\n"),
        ("127.0.0.1", "::1", "PING ::1(::1) from ::1 : 56 data bytes\n"),
    ):
        result = lab.run(f"ping -c 1 -I {source} {target}")
        assert (result.exit_code, result.stdout.startswith(header)) == (0, True)


def test_grep_takes_any_number_of_lines_of_context() -> None:
    lab = Lab(docker=False)
    assert lab.run("printf 'a\\nb\\n' | grep -99999999999999999999 b").stdout == "a\nb\n"
    assert lab.run("printf 'a\\nb\\n' | grep -m 99999999999999999999 b").stdout == "b\n"


NUMBERS = [
    ("{{1e400}}", 'illegal number syntax: "1e400"'),
    ("{{-1e400}}", 'illegal number syntax: "-1e400"'),
    ("{{99999999999999999999}}", 'integer overflow: "99999999999999999999"'),
    ("{{0x}}", 'illegal number syntax: "0x"'),
    ("{{1e}}", 'illegal number syntax: "1e"'),
    ("{{1e+}}", 'illegal number syntax: "1e+"'),
    ("{{0x1p}}", 'illegal number syntax: "0x1p"'),
    ("{{0b2}}", 'bad number syntax: "0b2"'),
    ("{{1e3}} {{1e30}} {{0x1p4}}", "1000 1e+30 16"),
    ("{{1e300}} {{1e-400}}", "1e+300 0"),
    ("{{0x1.8p1}} {{0x1P-2}} {{+5}} {{-5}} {{+1.5}}", "3 0.25 5 -5 1.5"),
    ("{{1_0}} {{.5}}", "10 0.5"),
    ("{{1.5}} {{1e21}} {{123456789.0}} {{1e20}} {{-0.0}}", "1.5 1e+21 1.23456789e+08 1e+20 -0"),
]


@pytest.mark.parametrize(("form", "words"), NUMBERS)
def test_numbers_of_templates(form: str, words: str) -> None:
    lab = Lab.docker_host()
    lab.run("docker run -d --name web nginx")
    result = lab.run(f"docker ps --format '{form}'")
    assert result.output == (
        f"{words}\n" if result.exit_code == 0 else f"failed to parse template: template: :1: {words}\n"
    )
