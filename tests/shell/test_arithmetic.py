"""Shell arithmetic: that of C on 64 bits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vnetsim.shell.arithmetic import Arithmetic, ArithmeticFault, wrap


@given(st.integers(-(2**70), 2**70))
def test_numbers_wrap_at_64_bits(number: int) -> None:
    wrapped = wrap(number)
    assert -(2**63) <= wrapped < 2**63
    assert (wrapped - number) % 2**64 == 0


def evaluate(text: str) -> int:
    return Arithmetic(lambda _name: "", lambda _name, _value: None).evaluate(text)


EXPRESSIONS = st.recursive(
    st.integers(0, 99).map(str),
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*", "<", "==", "&", "|", "^"]), inner).map(
        lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
    ),
    max_leaves=8,
)


@given(EXPRESSIONS)
def test_arithmetic_is_that_of_c(text: str) -> None:
    assert evaluate(text) == wrap(int(eval(text)))


@given(st.text("0123456789+-*/%() <>=!&|?:xa", max_size=12))
def test_any_expression_has_a_value_or_a_fault(text: str) -> None:
    try:
        value = evaluate(text)
    except ArithmeticFault as fault:
        value = 0
        kind = fault.kind
    else:
        kind = "value"
    assert -(2**63) <= value < 2**63
    assert kind
