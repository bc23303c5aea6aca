"""What arptables refuses before it asks the kernel; the recordings nf_arptables_* have the rest."""

from __future__ import annotations

import pytest

from vnetsim import Lab
from vnetsim.errors import NotModelled
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.programs.arptables.arguments import ArpCommandReader


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("-A INPUT ! ! -s 1.2.3.4", "multiple consecutive ! not allowed"),
        ("-A INPUT !", "nothing appropriate following !"),
        ("-A INPUT foo", "Bad argument `foo'"),
        ("-A INPUT -L", "Cannot use -L with -A"),
        ("-A OUTPUT -i lo", "Can't use -i with OUTPUT\n"),
        ("-L -s 1.2.3.4", "Illegal option `-s' with this command"),
        ("-A INPUT --set-mark 1", 'unknown option "--set-mark"'),
        ("-A INPUT -s 10.0.0.1/33", "invalid mask `33' specified"),
        ("-R INPUT", "-R requires a rule number"),
        ("-t nat -L", "table 'nat' does not exist\nPerhaps arptables or your kernel needs to be upgraded."),
    ],
)
def test_it_refuses(line: str, message: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        ArpCommandReader(line.split()).read()
    assert refused.value.message == message


@pytest.mark.parametrize("line", ["-h", "-A INPUT -j NFQUEUE", "-A INPUT -j MARK --set-mark -1"])
def test_what_is_not_modelled_is_said(line: str) -> None:
    with pytest.raises(NotModelled):
        ArpCommandReader(line.split()).read()


def test_several_addresses_are_several_rules() -> None:
    command = ArpCommandReader(["-A", "INPUT", "-s", "1.2.3.4,1.2.3.5", "-d", "9.9.9.0/24", "-j", "DROP"]).read()
    assert [rule.text(numeric=True) for rule in command.rules] == [
        "-j DROP -s 1.2.3.4 -d 9.9.9.0/24",
        "-j DROP -s 1.2.3.5 -d 9.9.9.0/24",
    ]


def test_a_name_has_the_addresses_of_the_machine() -> None:
    lab = Lab()
    lab.run("echo '10.0.0.7 gw' >> /etc/hosts")
    assert lab.run("arptables -A INPUT -s gw -j DROP; arptables -S INPUT").stdout == (
        "-P INPUT ACCEPT\n-A INPUT -j DROP -s 10.0.0.7\n"
    )
    refused = lab.run("arptables -A INPUT -s nosuch -j DROP", expected=2)
    assert refused.stderr.splitlines()[0] == "arptables v1.8.9 (nf_tables): host/network `nosuch' not found"
