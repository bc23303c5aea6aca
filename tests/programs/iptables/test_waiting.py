"""-w and -W: recorded with iptables 1.8.9 (nf_wait)."""

from __future__ import annotations

import pytest

from vnetsim import Lab

_RULES = "printf '*filter\\n-A INPUT -s 10.0.0.1/32 -j DROP\\nCOMMIT\\n'"


@pytest.mark.parametrize("program", ["iptables-restore", "ip6tables-restore"])
@pytest.mark.parametrize(
    "options",
    ["-w", "-w 5", "--wait", "--wait 5", "--wait=5", "-w 5 -n", "-nw 5", "-W 100000", "--wait-interval=1", "-w abc"],
)
def test_a_restore_ignores_how_long_it_is_to_wait(program: str, options: str) -> None:
    lab = Lab(docker=False)
    rules = _RULES if program == "iptables-restore" else _RULES.replace("10.0.0.1/32", "fd00::1/128")
    result = lab.run(f"{rules} | {program} {options}")
    assert (result.exit_code, result.output) == (0, "")
    assert lab.run(program.replace("restore", "save")).stdout.count("-j DROP") == 1


def test_a_word_behind_w_is_its_argument_even_if_it_was_meant_as_the_file() -> None:
    lab = Lab(docker=False)
    lab.run(f"{_RULES} > /tmp/rules")
    assert lab.run("iptables-restore -w /tmp/rules").exit_code == 0
    assert lab.run("iptables-save").stdout == ""
    assert lab.run("iptables-restore -w 5 /tmp/rules").exit_code == 0
    assert "-j DROP" in lab.run("iptables-save").stdout


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("iptables-restore -w5", "iptables-restore: invalid option -- '5'\n"),
        ("iptables-save -w", "iptables-save: invalid option -- 'w'\n"),
        ("iptables -w -W abc -L", "iptables v1.8.9 (nf_tables): wait interval not numeric\n"),
        ("iptables -w -W 1000001 -L", "iptables v1.8.9 (nf_tables): too long usec wait 1000001 > 999999 usec\n"),
        ("iptables --wait=abc -L", "iptables v1.8.9 (nf_tables): wait seconds not numeric\n"),
    ],
)
def test_what_is_refused(command: str, words: str) -> None:
    result = Lab(docker=False).run(f"{command} < /dev/null")
    assert result.exit_code in (1, 2)
    assert result.stderr.startswith(words)
