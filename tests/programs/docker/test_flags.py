"""Single values of flags, ports and networks: laws beside the recorded tables."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.programs.docker import ports
from vnetsim.programs.docker.cobra import Arity, BadFlag, FlagReader, flag_lines
from vnetsim.programs.docker.events import moment
from vnetsim.programs.docker.flags import (
    BOOL,
    INT,
    STRING,
    STRINGS,
    BadOption,
    BadValue,
    Flag,
    parse_duration,
    parse_integer,
    read_bytes,
    read_csv,
)
from vnetsim.programs.docker.network_flag import Attachment, read_network

FLAGS = (
    Flag("all", BOOL, short="a"),
    Flag("name", STRING, short="n"),
    Flag("count", INT, short="c"),
    Flag("label", STRINGS, short="l"),
)
WORDS = st.text(alphabet="abcxyz", min_size=1)


def read(*words: str, interspersed: bool = True) -> tuple[bool, str, int, list[str], list[str]]:
    options = FlagReader(FLAGS, interspersed=interspersed).read(words)
    return (
        options.switch("all"),
        options.text("name"),
        options.number("count"),
        options.texts("label"),
        options.arguments,
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), (False, "", 0, [], [])),
        (("-a", "x"), (True, "", 0, [], ["x"])),
        (("-an", "x", "y"), (True, "x", 0, [], ["y"])),
        (("-nx", "--count=3"), (False, "x", 3, [], [])),
        (("-n=x", "-c=-3"), (False, "x", -3, [], [])),
        (("--all=false", "--name", "--all"), (False, "--all", 0, [], [])),
        (("-l", "a,b", "-l", "c"), (False, "", 0, ["a", "b", "c"], [])),
        (("x", "--all", "--", "-n"), (True, "", 0, [], ["x", "-n"])),
        (("-", "-a"), (True, "", 0, [], ["-"])),
        (("-c", "0x10"), (False, "", 16, [], [])),
    ],
)
def test_words_are_read(words: tuple[str, ...], expected: object) -> None:
    assert read(*words) == expected


def test_flags_end_at_the_first_argument_of_a_command_that_passes_words_on() -> None:
    assert read("-a", "image", "-n", "x", interspersed=False) == (True, "", 0, [], ["image", "-n", "x"])


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--nope",), "unknown flag: --nope"),
        (("-az",), "unknown shorthand flag: 'z' in -z"),
        (("-ac",), "flag needs an argument: 'c' in -c"),
        (("--name",), "flag needs an argument: --name"),
        (("--=x",), "bad flag syntax: --=x"),
        (
            ("-a=maybe",),
            'invalid argument "maybe" for "-a, --all" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
        ),
        (("-c", "x"), 'invalid argument "x" for "-c, --count" flag: strconv.ParseInt: parsing "x": invalid syntax'),
    ],
)
def test_bad_words_are_named(words: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(BadFlag) as refused:
        read(*words)
    assert str(refused.value) == complaint


@given(st.lists(WORDS))
def test_words_without_dashes_are_arguments(words: list[str]) -> None:
    assert read(*words)[4] == words


@pytest.mark.parametrize(
    ("arity", "count", "complaint"),
    [
        (Arity(0, 0), 1, "accepts no arguments"),
        (Arity(1, 1), 0, "requires 1 argument"),
        (Arity(2, 2), 3, "requires 2 arguments"),
        (Arity(1), 0, "requires at least 1 argument"),
        (Arity(0, 1), 2, "requires at most 1 argument"),
        (Arity(1, 2), 3, "requires at least 1 and at most 2 arguments"),
        (Arity(1), 7, None),
    ],
)
def test_arities(arity: Arity, count: int, complaint: str | None) -> None:
    assert arity.complaint(count) == complaint


@given(st.text(alphabet="ab ", min_size=1, max_size=300).map(str.strip).filter(bool))
def test_usage_lines_fit_the_screen(usage: str) -> None:
    usage = " ".join(usage.split())
    lines = "\n".join(flag_lines((Flag("name", STRING, usage),))).split("\n")
    assert (
        " ".join(
            line[22:].strip() if number else line.partition("string")[2].strip() for number, line in enumerate(lines)
        )
        == usage
    )
    assert all(len(line) <= 79 or " " not in line.strip()[20:] for line in lines)


@given(st.integers(-(2**63), 2**63 - 1))
def test_integers_are_read_in_every_base(number: int) -> None:
    for text in (str(number), hex(number), bin(number), oct(number)):
        assert parse_integer(text, -(2**63), 2**63 - 1) == number


def test_a_leading_zero_is_octal() -> None:
    assert parse_integer("010", 0, 100) == 8
    with pytest.raises(BadValue, match="value out of range"):
        parse_integer("101", 0, 100)


@given(st.lists(st.text(alphabet="ab,\"' =", min_size=1), min_size=1))
def test_csv_is_read_back(fields: list[str]) -> None:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(fields)
    assert read_csv(line.getvalue()) == fields


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [("1s", 10**9), ("1h30m", 5400 * 10**9), ("1.5s", 15 * 10**8), ("-2ms", -2_000_000), ("0", 0), ("500us", 500_000)],
)
def test_durations(text: str, nanoseconds: int) -> None:
    assert parse_duration(text) == nanoseconds


@pytest.mark.parametrize("text", ["", "x", "1", "1x", "s", "1 s"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(BadValue):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "size"), [("1", 1), ("10k", 10240), ("10KB", 10240), ("1.5g", 1610612736), ("64 MiB", 64 << 20)]
)
def test_bytes(text: str, size: int) -> None:
    assert read_bytes(text) == size


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("10s", 90 * 10**9),
        ("1795507536", 1795507536 * 10**9),
        ("1795507536.5", 17955075365 * 10**8),
        ("2026-11-24T08:05:36Z", 1795507536 * 10**9),
        ("2026-11-24T08:05:36", 1795507536 * 10**9),
        ("2026-11-24T08:05", 1795507500 * 10**9),
        ("2026-11-24", 1795478400 * 10**9),
        ("2026-11-24T09:05:36+01:00", 1795507536 * 10**9),
    ],
)
def test_moments(text: str, nanoseconds: int) -> None:
    assert moment(text, 100 * 10**9) == nanoseconds


PORTS = st.integers(1, 65535)


@given(PORTS, PORTS)
def test_a_published_port_is_bound_once(host: int, container: int) -> None:
    [binding] = ports.publish(f"{host}:{container}")
    assert (binding.port, binding.host_ip, binding.host_port) == (f"{container}/tcp", "", str(host))


@given(st.integers(1, 60000), st.integers(1, 60000), st.integers(0, 20))
def test_ranges_of_one_length_are_bound_pair_by_pair(host: int, container: int, length: int) -> None:
    bindings = ports.publish(f"127.0.0.1:{host}-{host + length}:{container}-{container + length}/udp")
    assert [binding.port for binding in bindings] == [f"{container + n}/udp" for n in range(length + 1)]
    assert [binding.host_port for binding in bindings] == [str(host + n) for n in range(length + 1)]


@given(st.integers(1, 60000), st.integers(1, 20))
def test_a_range_of_host_ports_is_left_to_the_engine(host: int, length: int) -> None:
    [binding] = ports.publish(f"{host}-{host + length}:80")
    assert binding.host_port == f"{host}-{host + length}"


@given(st.text(max_size=20))
def test_a_port_is_understood_or_refused_in_words(text: str) -> None:
    try:
        said = [binding.port for binding in ports.publish(text)]
    except BadOption as error:
        said = [str(error)]
    assert all(said)
    assert said


@given(st.dictionaries(st.sampled_from(["alias", "ip", "mac-address", "driver-opt"]), WORDS))
def test_the_long_form_of_a_network_says_what_it_says(fields: dict[str, str]) -> None:
    if "driver-opt" in fields:
        fields["driver-opt"] = f"k={fields['driver-opt']}"
    text = ",".join(["name=net", *(f"{key}={value}" for key, value in fields.items())])
    assert read_network(text) == Attachment(
        "net",
        aliases=[fields["alias"]] if "alias" in fields else [],
        ipv4=fields.get("ip", ""),
        mac=fields.get("mac-address", ""),
        driver_opts={"k": fields["driver-opt"][2:]} if "driver-opt" in fields else {},
    )


@given(st.text().filter(lambda text: "=" not in text))
def test_a_name_without_an_equals_sign_is_a_network(name: str) -> None:
    assert read_network(name) == Attachment(name)
