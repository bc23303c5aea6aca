"""Lists: columns, ports, order, names of images."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.programs.docker import references
from vnetsim.programs.docker.flags import BadOption
from vnetsim.programs.docker.formatter import aligned, ellipsis, label_text, short_id
from vnetsim.programs.docker.network_list import natural_order
from vnetsim.programs.docker.ps import ports_text

CELLS = st.text(alphabet=st.characters(codec="ascii", categories=["L", "N"]), max_size=20)


@given(st.integers(1, 5).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1)))
def test_columns_are_ten_wide_at_least_and_three_apart(rows: list[list[str]]) -> None:
    text = aligned("".join("\t".join(row) + "\n" for row in rows))
    widths = [max(10, *(len(row[column]) + 3 for row in rows)) for column in range(len(rows[0]) - 1)]
    expected = ["".join(cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)) for row in rows]
    assert text == "".join(f"{line}\n" for line in expected)


def test_a_line_without_cells_ends_a_column() -> None:
    assert aligned("a\tb\nlong line\nccccccccccccc\td\n") == "a         b\nlong line\nccccccccccccc   d\n"


def port(private: int, public: int = 0, address: str = "", protocol: str = "tcp") -> dict[str, Any]:
    made: dict[str, Any] = {"PrivatePort": private, "Type": protocol}
    return {**made, "IP": address, "PublicPort": public} if address else made


@pytest.mark.parametrize(
    ("ports", "text"),
    [
        ([], ""),
        ([port(80)], "80/tcp"),
        ([port(80, 8080, "0.0.0.0"), port(80, 8080, "::")], "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp"),
        ([port(80, 8080, "0.0.0.0"), port(53, 0, "", "udp")], "53/udp, 0.0.0.0:8080->80/tcp"),
        (
            [port(7000 + n, 7000 + n, address) for n in range(4) for address in ("::", "0.0.0.0")],
            "0.0.0.0:7000-7003->7000-7003/tcp, [::]:7000-7003->7000-7003/tcp",
        ),
        ([port(n) for n in (80, 81, 82, 90)], "80-82/tcp, 90/tcp"),
        ([port(n, 9000 + n, "0.0.0.0") for n in (80, 81)], "0.0.0.0:9080->80/tcp, 0.0.0.0:9081->81/tcp"),
        ([port(80, 80, "0.0.0.0"), port(80, 80, "0.0.0.0", "udp")], "0.0.0.0:80->80/tcp, 0.0.0.0:80->80/udp"),
        ([port(80, 0, "0.0.0.0")], "0.0.0.0:0->80/tcp"),
    ],
)
def test_ports_of_a_container(ports: list[dict[str, Any]], text: str) -> None:
    """As the real engine's lists were printed (recordings cli_ps_port, ports_forms)."""
    assert ports_text(ports) == text


@given(st.sets(st.integers(1, 65535)))
def test_ranges_say_each_port_once(numbers: set[int]) -> None:
    text = ports_text([port(number) for number in numbers])
    said: list[int] = []
    for part in filter(None, text.split(", ")):
        low, _, high = part.removesuffix("/tcp").partition("-")
        said.extend(range(int(low), int(high or low) + 1))
    assert sorted(said) == sorted(numbers)
    assert len(said) == len(numbers)


@given(st.permutations([port(80, 8080, "0.0.0.0"), port(80, 8080, "::"), port(443, 443, "::"), port(53, 0, "", "udp")]))
def test_ports_come_in_one_order_whatever_the_engine_says(ports: list[dict[str, Any]]) -> None:
    assert ports_text(ports) == "53/udp, [::]:443->443/tcp, 0.0.0.0:8080->80/tcp, [::]:8080->80/tcp"


@pytest.mark.parametrize(
    "names",
    [
        ["1abc", "-x", ".hidden", "bad name", "bad/name", "bridge", "host", "none"],
        ["ALPHA", "Alpha", "alpha", "bridge"],
        ["n", "n1", "n2", "n10", "n010", "na"],
        ["a1b2", "a1b10", "a2b1"],
    ],
)
def test_natural_order(names: list[str]) -> None:
    """The first two lists are recorded (cli_network_create_rm_prune, cli_network_id_prefix)."""
    assert sorted([*names[1:], names[0]], key=natural_order) == names


@given(st.lists(st.text(alphabet="abcXYZ-_.")))
def test_without_digits_natural_order_is_that_of_characters(names: list[str]) -> None:
    assert sorted(names, key=natural_order) == sorted(names)


@given(st.lists(st.integers(0, 10**6), unique=True))
def test_numbers_count_as_numbers(numbers: list[int]) -> None:
    names = [f"net{number}" for number in numbers]
    assert [int(name[3:]) for name in sorted(names, key=natural_order)] == sorted(numbers)


@given(st.text(), st.integers(1, 30))
def test_an_ellipsis_is_never_too_long(text: str, width: int) -> None:
    short = ellipsis(text, width)
    assert len(short) <= width
    assert short == text or short.endswith("…")


def test_ids_and_labels() -> None:
    assert short_id("sha256:eb522d6028c5a92e") == "eb522d6028c5"
    assert short_id("eb522d6028c5a92e") == "eb522d6028c5"
    assert label_text({"b": "2", "a": ""}) == "a=,b=2"
    assert label_text(None) == ""


@pytest.mark.parametrize(
    ("name", "familiar", "full"),
    [
        ("alpine", "alpine:latest", "docker.io/library/alpine:latest"),
        ("alpine:3.18", "alpine:3.18", "docker.io/library/alpine:3.18"),
        ("a/b", "a/b:latest", "docker.io/a/b:latest"),
        ("localhost:5000/a/b:c", "localhost:5000/a/b:c", "localhost:5000/a/b:c"),
        ("docker.io/library/redis", "redis:latest", "docker.io/library/redis:latest"),
        ("quay.io/x/y", "quay.io/x/y:latest", "quay.io/x/y:latest"),
        ("alpine@sha256:" + "0" * 64, "alpine@sha256:" + "0" * 64, "docker.io/library/alpine@sha256:" + "0" * 64),
    ],
)
def test_names_of_images(name: str, familiar: str, full: str) -> None:
    reference = references.parse(name)
    assert reference is not None
    assert (reference.familiar, reference.full) == (familiar, full)


def test_an_id_is_no_name() -> None:
    assert references.parse("0" * 64) is None


@pytest.mark.parametrize("name", ["", "a b", "alpine:", ":x", "-", "a//b", "alpine@sha256:abc", "Alpine", "a/B"])
def test_what_is_no_name_of_an_image(name: str) -> None:
    with pytest.raises(BadOption, match="invalid reference format"):
        references.parse(name)


@given(st.from_regex(re.compile(r"[a-z0-9]+(/[a-z0-9]+)?(:[a-z0-9]+)?", re.ASCII), fullmatch=True))
def test_a_name_is_the_same_in_full(name: str) -> None:
    reference = references.parse(name)
    if reference is None:
        assert re.fullmatch(r"[0-9a-f]{64}", name)
        return
    again = references.parse(reference.full)
    assert again is not None
    assert again.familiar == reference.familiar
