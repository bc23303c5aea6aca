"""jhash of three words: values that HMARK gave on Linux 6.18 (ipt_hmark), and what a hash is for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vnetsim.netfilter.jhash import jhash_3words

WORDS = st.integers(0, 0xFFFF_FFFF)


@given(WORDS, WORDS, WORDS, WORDS)
def test_a_hash_is_a_word_that_each_of_the_words_changes(first: int, second: int, third: int, initial: int) -> None:
    found = jhash_3words(first, second, third, initial)
    assert 0 <= found <= 0xFFFF_FFFF
    words = (first, second, third, initial)
    others = [tuple(word ^ (at == index) for at, word in enumerate(words)) for index in range(4)]
    assert all(jhash_3words(*other) != found for other in others)
