"""Arguments of wg: what is read, and the sentence of what is not (the recording wg_show)."""

from __future__ import annotations

import pytest

from tests.kernel.drivers.wireguard.wireguard_lab import PUBLIC
from vnetsim.programs.libc.exit import Exit
from vnetsim.programs.wireguardtools.encoding import key_of, key_text, read_fwmark, read_keepalive, read_key


@pytest.mark.parametrize(
    "text",
    ["", "AAAA", PUBLIC["a"][:-1], f"{PUBLIC['a']}=", PUBLIC["a"].replace("=", "A"), "é" * 43 + "=", "A" * 42 + "B="],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    assert key_of(text) is None
    with pytest.raises(Exit) as end:
        read_key(text)
    assert end.value.stderr == f"Key is not the correct length or format: `{text}'\n"


def test_a_key_is_printed_as_it_is_read() -> None:
    assert [key_text(read_key(text)) for text in PUBLIC.values()] == list(PUBLIC.values())
    assert key_text(None) == "(none)"


@pytest.mark.parametrize(("text", "mark"), [("0x10", 16), ("off", 0), ("OFF", 0), ("4294967295", 2**32 - 1), ("0", 0)])
def test_marks(text: str, mark: int) -> None:
    assert read_fwmark(text) == mark


@pytest.mark.parametrize("text", ["zz", "0x", "", "-1", "4294967296", "1 2"])
def test_what_is_no_mark_is_refused(text: str) -> None:
    with pytest.raises(Exit) as end:
        read_fwmark(text)
    assert end.value.stderr == f"Fwmark is neither 0/off nor 0-0xffffffff: `{text}'\n"


@pytest.mark.parametrize("text", ["99999", "x", "-1", ""])
def test_what_is_no_interval_is_refused(text: str) -> None:
    with pytest.raises(Exit) as end:
        read_keepalive(text)
    assert end.value.stderr == f"Persistent keepalive interval is neither 0/off nor 1-65535: `{text}'\n"
