"""The order of arrays against tables with lists, moved as mawk and busybox move their elements."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import examples
from vnetsim.programs.awk.arrays import AwkArray, BusyboxArray

#: Names whose lists collide, as texts and as numbers.
SUBSCRIPTS = st.one_of(st.integers(-3, 200).map(float), st.sampled_from([f"k{number}" for number in range(300)]))
STEPS = st.lists(st.tuples(st.sampled_from(("put", "at", "has", "drop")), SUBSCRIPTS), max_size=120)


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.0f}"


@settings(max_examples=examples(60), deadline=None)
@given(STEPS)
def test_an_array_holds_what_a_dictionary_does(steps: list[tuple[str, float | str]]) -> None:
    for kind in (AwkArray, BusyboxArray):
        array, model = kind(lambda _: None, _text), dict[str, object]()
        for name, subscript in steps:
            match name:
                case "put":
                    array.put(subscript, 1.0)
                    model[_text(subscript)] = 1.0
                case "at":
                    assert array.at(subscript) == model.setdefault(_text(subscript), "")
                case "has":
                    assert array.has(subscript) == (_text(subscript) in model)
                case "drop":
                    array.drop(subscript)
                    model.pop(_text(subscript), None)
        assert sorted(array.walk()) == sorted(model)
        assert dict(array) == model


def test_busybox_puts_new_elements_in_front() -> None:
    array = BusyboxArray(lambda _: None, _text)
    names = [*(f"k{number}" for number in range(1, 61)), *(f"eth{number}" for number in range(20))]
    for name in (*names, "lo", "wg0", "docker0", "br-lan"):
        array.put(name, 1.0)
    array.at("k7")
    # From busybox 1.35.
    assert " ".join(array.walk()[:30]) == (
        "eth15 eth16 eth17 eth18 eth0 eth19 eth1 eth2 eth3 eth4 eth5 eth6 eth7 eth8 eth9 k1 k2 k3 "
        "lo k4 k5 k6 docker0 k10 k7 k11 k8 k20 k12 k9"
    )


def test_mawk_moves_what_it_finds_to_the_front() -> None:
    array = AwkArray(lambda _: None, _text)
    for number in range(400):
        array.put(f"k{number}", 1.0)
    # All of these are in one list.
    assert [name for name in array.walk() if name in ("k1", "k92", "k351")] == ["k351", "k92", "k1"]
    array.has("k92")
    assert [name for name in array.walk() if name in ("k1", "k92", "k351")] == ["k92", "k351", "k1"]
