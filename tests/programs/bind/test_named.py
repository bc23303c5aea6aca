"""named of BIND 9.18.49 (Debian 12): a root, two levels below it and a resolver, as they answered dig on Linux 6.18."""

from __future__ import annotations

import re

import pytest

from vnetsim import Lab

SOA = "$TTL 60000\n@ IN SOA {0} root.{0} ( 1 ; serial\n 28800 14400 3600000 15 )\n"
OPTIONS = 'options {{ directory "/var/cache/bind"; {} }}; // {{\nzone "." {{ type {}; file "/etc/bind/db.root"; }};\n'
ZONE = 'zone "{}" IN {{ type master; file "/etc/bind/db"; }};\n'
HINT = ". IN NS ROOT-SERVER.\nROOT-SERVER. IN A 10.0.0.5\n"
ROOT = (
    SOA.format("ROOT-SERVER.")
    + "@ IN NS ROOT-SERVER.\nROOT-SERVER. IN A 10.0.0.5\nit. IN NS dnsit.it.\ndnsit.it. A 10.0.0.1\n"
)
IT = SOA.format("dnsit.it.") + "@ NS dnsit.it.\ndnsit A 10.0.0.1\nuni NS dns.uni\ndns.uni A 10.0.0.2\n"
UNI = (
    SOA.format("dns.uni.it.") + "@ NS dns.uni.it.\n@ MX 5 pc\ndns A 10.0.0.2\npc A 10.0.0.9\n"
    "www CNAME pc\nboth A 10.0.0.7\nboth A 10.0.0.8\nout CNAME dnsit.it.\n"
)
SERVERS = {
    "root": ("10.0.0.5", OPTIONS.format("", "master"), ROOT, ""),
    "it": ("10.0.0.1", OPTIONS.format("", "hint") + ZONE.format("it"), HINT, IT),
    "uni": ("10.0.0.2", OPTIONS.format("", "hint") + ZONE.format("uni.it"), HINT, UNI),
    "local": ("10.0.0.3", OPTIONS.format("allow-recursion { 10.0.0/24; }; dnssec-validation no;", "hint"), HINT, ""),
}
SOA_OF_UNI = "uni.it. 15 IN SOA dns.uni.it. root.dns.uni.it. 1 28800 14400 3600000 15"


def machine(lab: Lab, name: str, address: str) -> None:
    lab.run(
        f"ip netns add {name}; ip link add {name} up type veth peer eth0 netns {name}; ip link set {name} master br0"
    )
    lab.run(f"ip -n {name} addr add {address}/24 dev eth0; ip -n {name} link set eth0 up; ip -n {name} link set lo up")


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab()
    lab.run("ip link add br0 type bridge; ip link set br0 up; mkdir -p /etc/bind; touch /etc/kathara-image")
    machine(lab, "pc", "10.0.0.9")
    for name, (address, *texts) in SERVERS.items():
        machine(lab, name, address)
        lab.run(f"mkdir -p /etc/netns/{name}/bind; echo kathara/base > /etc/netns/{name}/kathara-image")
        for file, text in zip(("named.conf", "db.root", "db"), texts, strict=True):
            lab.run(f"cat > /etc/netns/{name}/bind/{file} <<'END'\n{text}END")
        assert lab.run(f"ip netns exec {name} systemctl start named")
    return lab


def dig(lab: Lab, question: str) -> list[str]:
    """Status and flags, and the records."""
    text = lab.run(f"ip netns exec pc dig {question}").stdout
    found = re.search(r"status: (\w+).*\n;; flags: ([a-z ]*);", text)
    records = [" ".join(line.split()) for line in text.splitlines() if line and not line.startswith(";")]
    return [f"{found[1]} {found[2]}" if found else "", *records]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("@10.0.0.5 . NS", ["NOERROR qr aa rd ra", ". 60000 IN NS ROOT-SERVER."]),
        ("@10.0.0.5 . SOA +norec", ["NOERROR qr aa ra",
         ". 60000 IN SOA ROOT-SERVER. root.ROOT-SERVER. 1 28800 14400 3600000 15",
         ". 60000 IN NS ROOT-SERVER.", "ROOT-SERVER. 60000 IN A 10.0.0.5"]),
        ("@10.0.0.5 root-server.", ["NOERROR qr aa rd ra", "ROOT-SERVER. 60000 IN A 10.0.0.5"]),
        ("@10.0.0.5 pc.uni.it +norec", ["NOERROR qr ra", "it. 60000 IN NS dnsit.it.", "dnsit.it. 60000 IN A 10.0.0.1"]),
        ("@10.0.0.1 it NS", ["NOERROR qr aa rd ra", "it. 60000 IN NS dnsit.it.", "dnsit.it. 60000 IN A 10.0.0.1"]),
        ("@10.0.0.1 xx +norec", ["NOERROR qr ra", ". 0 IN NS ROOT-SERVER."]),
        ("@10.0.0.2 no.uni.it", ["NXDOMAIN qr aa rd ra", SOA_OF_UNI]),
        ("@10.0.0.2 pc.uni.it AAAA", ["NOERROR qr aa rd ra", SOA_OF_UNI]),
        ("@10.0.0.2 pc.uni.it +norec", ["NOERROR qr aa ra", "pc.uni.it. 60000 IN A 10.0.0.9",
         "uni.it. 60000 IN NS dns.uni.it.", "dns.uni.it. 60000 IN A 10.0.0.2"]),
        ("@10.0.0.2 uni.it MX", ["NOERROR qr aa rd ra",
         "uni.it. 60000 IN MX 5 pc.uni.it.", "pc.uni.it. 60000 IN A 10.0.0.9"]),
        ("@10.0.0.3 WWW.uni.it", ["NOERROR qr rd ra", "www.uni.it. 60000 IN CNAME pc.uni.it.",
         "pc.uni.it. 60000 IN A 10.0.0.9"]),
        ("@10.0.0.3 out.uni.it +tcp", ["NOERROR qr rd ra",
         "out.uni.it. 60000 IN CNAME dnsit.it.", "dnsit.it. 60000 IN A 10.0.0.1"]),
        ("@10.0.0.3 no.uni.it", ["NXDOMAIN qr rd ra", SOA_OF_UNI]),
        ("@10.0.0.3 -x 192.168.0.22", ["NXDOMAIN qr aa rd ra",
         "168.192.IN-ADDR.ARPA. 86400 IN SOA 168.192.IN-ADDR.ARPA. . 0 28800 7200 604800 86400"]),
    ],
)  # fmt: skip
def test_answers(lab: Lab, question: str, answer: list[str]) -> None:
    assert dig(lab, question) == answer


def test_both_addresses_of_a_name_come_in_any_order(lab: Lab) -> None:
    orders = {tuple(dig(lab, "@10.0.0.3 both.uni.it +short")[1:]) for _ in range(12)}
    assert orders == {("10.0.0.7", "10.0.0.8"), ("10.0.0.8", "10.0.0.7")}


def test_who_may_not_ask_is_refused_but_for_the_zones_themselves(lab: Lab) -> None:
    lab.run("ip -n pc addr add 10.7.7.7/24 dev eth0")
    for name in ("local", "uni"):
        lab.run(f"ip -n {name} route add 10.7.7.0/24 dev eth0")
    assert dig(lab, "@10.0.0.3 -b 10.7.7.7 it") == ["REFUSED qr rd"]
    assert "; EDE: 18 (Prohibited)\n" in lab.run("ip netns exec pc dig @10.0.0.3 -b 10.7.7.7 it").stdout
    assert dig(lab, "@10.0.0.2 -b 10.7.7.7 pc.uni.it") == ["NOERROR qr aa rd", "pc.uni.it. 60000 IN A 10.0.0.9"]


def test_it_listens_at_new_addresses_too(lab: Lab) -> None:
    lab.run("ip -n it addr add 10.0.0.55/24 dev eth0; sleep 1")
    assert lab.run("ip netns exec it ss -Hlnt4 | awk '{print $4}'").stdout.split() == [
        "10.0.0.1:53", "127.0.0.1:53", "10.0.0.55:53",
    ]  # fmt: skip
    lab.run("ip -n it addr del 10.0.0.55/24 dev eth0; sleep 1")
    assert "10.0.0.55" not in lab.run("ip netns exec it ss -Hlnt4").stdout


@pytest.mark.parametrize(
    ("question", "refusal"),
    [
        ("@10.0.0.1 xx", "named: DNSSEC validation, for xx.; its options lack `dnssec-validation no;`"),
        ("@10.0.0.3 it ANY", "named: recursion for all types (ANY)"),
        ("@10.0.0.3 version.bind CH TXT", "named: a question of class 3, type 16, opcode 0"),
    ],
)
def test_what_is_not_modelled_makes_answers_incomplete(lab: Lab, question: str, refusal: str) -> None:
    mark = lab.shortfall.mark()
    lab.run(f"ip netns exec pc dig +tries=1 +timeout=1 {question}")
    assert any(refusal in str(failure) for failure in lab.shortfall.since(mark))


@pytest.mark.parametrize(
    ("conf", "refusal"),
    [
        ("options { forwarders { 10.0.0.1; }; };", "named: the option forwarders"),
        ('zone "x" { type slave; file "/x"; };', 'named: the statement `zone "x" { type slave ; file` of /c'),
        ("options { dnssec-enable no; };", "named with the option dnssec-enable, which BIND 9.18 does not have"),
        ("options { recursion no; }", "named: a statement without its end: `options { recursion no`"),
        ('zone "x" { type master; file "/none"; };', "named with /none: No such file or directory"),
        ('zone "." { type hint; file "/none"; };', "named with /none: No such file or directory"),
        ('include "/none";', "named with /none: No such file or directory"),
        ('zone "x" { type master; file "/bad; };', 'named: the statement `zone "x" { type master ; file` of /c'),
        ('zone x { type master; file "/z"; }; zone "X." { type master; file "/z"; };', "named: a second x."),
        ("options { recursion yes; }; options { };", "named: a second options"),
        ("options { recursion yes; recursion no; };", "named: a second recursion"),
        ("options { ; };", "named: a statement without its end: `;`"),
        ('options { directory "/none"; };', "named without /none"),
        ("options { allow-recursion { any; mine; }; };", "named: `mine` in an address match list"),
        ("options { allow-recursion { 10.0.0.1 any; }; };", "named: `10.0.0.1 any` in an address match list"),
        ("options { allow-recursion { 10.0.0.1/24; }; };", "named: `10.0.0.1/24` in an address match list"),
        ('zone "x" { type master; file "/two"; };', "named with the zone x. of /two: several of 1 IN CNAME c"),
        ('zone "x" { type master; file "/bad"; };', "named with the zone x. of /bad: "),
    ],
)  # fmt: skip
def test_configurations_that_are_refused(lab: Lab, conf: str, refusal: str) -> None:
    lab.run(f"echo 'a IN NONSENSE x' > /bad; echo '{conf}' > /c")
    lab.run("printf '$TTL 1\\na CNAME b\\na CNAME b\\na CNAME c\\n' > /two")
    assert lab.run("named -c /c").stderr.startswith(f"vnetsim: not modelled: {refusal}")
    assert lab.run("named -g").stderr.startswith("vnetsim: not modelled: named: ")
