"""`wg` itself: keys, usage, and who may see them."""

from __future__ import annotations

import pytest

from tests.kernel.drivers.wireguard.wireguard_lab import PRIVATE, PUBLIC
from tests.machines import typed
from vnetsim import Lab


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab(docker=False)
    typed(lab, "ip link add wg0 type wireguard")
    return lab


@pytest.mark.parametrize("name", PRIVATE)
def test_the_public_keys_are_those_of_real_wg(lab: Lab, name: str) -> None:
    assert typed(lab, f"echo {PRIVATE[name]} | wg pubkey").stdout == f"{PUBLIC[name]}\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("bad", "Key is not the correct length or format"), (f"{PUBLIC['a']} x", "Trailing characters found after key")],
)
def test_what_is_no_key_has_no_public_key(lab: Lab, text: str, sentence: str) -> None:
    result = lab.run(f"echo '{text}' | wg pubkey")
    assert (result.exit_code, result.stderr) == (1, f"wg: {sentence}\n")


def test_the_seed_of_the_lab_decides_its_keys() -> None:
    keys = [typed(Lab(seed, docker=False), "wg genkey").stdout for seed in (1, 1, 2)]
    assert keys[0] == keys[1] != keys[2]
    assert all(len(key) == 45 for key in keys)


def test_genkey_warns_of_files_but_not_of_pipes(lab: Lab) -> None:
    assert "world accessible file" in lab.run("wg genkey > /tmp/k").stderr
    assert lab.run("wg genkey | tee /tmp/k | wg pubkey > /tmp/p").stderr == ""


@pytest.mark.parametrize(
    ("command", "first"),
    [
        ("wg bogus", "Invalid subcommand: `bogus'"),
        ("wg show wg0 bogus", "Invalid parameter: `bogus'"),
        ("wg show nosuch", "Unable to access interface: No such device"),
        ("wg show lo", "Unable to access interface: Operation not supported"),
        ("wg showconf", "Usage: wg showconf <interface>"),
        ("wg setconf", "Usage: wg setconf <interface> <configuration filename>"),
        ("wg genpsk extra", "Usage: wg genpsk"),
        ("wg set nosuch listen-port 1", "Unable to modify interface: No such device"),
        ("WG_COLOR_MODE=always wg show", "vnetsim: not modelled: the colours of wg"),
    ],
)
def test_refusals(lab: Lab, command: str, first: str) -> None:
    result = lab.run(command)
    assert result.exit_code != 0
    assert result.stderr.splitlines()[0] == first


def test_wg_quick_is_named_as_not_modelled(lab: Lab) -> None:
    assert "vnetsim: not modelled" in lab.run("wg-quick up wg0").stderr
