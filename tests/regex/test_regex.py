"""Regular expressions: what GNU grep 3.8, sed 4.9 and bash 5.2 make of them (captured), and Python's re as judge."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.errors import NotModelled
from vnetsim.regex import BadExpression, RegexPattern, compile_lines, compile_posix

#: bash 5.2, LC_ALL=C: `[[ TEXT =~ EXPRESSION ]]; echo "${BASH_REMATCH[@]}"`.
MATCHED_BY_BASH = [
    ("(a|ab)(c|bcd)(d*)", "abcd*a", ["abcd", "a", "bcd", ""]),
    ("((a)|(b))*", "abcd", ["ab", "b", "a", "b"]),
    ("(a*)(ab)*(b*)", "aabcdab", ["aab", "aa", "", "b"]),
    ("(a|ab|c|bcd)*", "aabcdab", ["aabcdab", "ab"]),
    ("((a*)b)*", "aabcdab", ["aab", "aab", "aa"]),
    ("(b|(a))+", "aabcdab", ["aab", "b", "a"]),
    ("(aa|a)(a|aa)", "aabcdab", ["aa", "a", "a"]),
    ("(.*)(b+)", "aabcdab", ["aabcdab", "aabcda", "b"]),
    ("(.*a)?(.*)", "aabcdab", ["aabcdab", "aabcda", "b"]),
    ("((.)(.))*", "aabcdab", ["aabcda", "da", "d", "a"]),
    ("(ab|abcd)(cd)*", "aabcdab", ["abcd", "ab", "cd"]),
    ("(a{1,2}){2}", "aabcdab", ["aa", "a"]),
    ("a.*b|a", "aabcdab", ["aabcdab"]),
    ("a)", "abcd*a)", ["a)"]),
    ("\\d", "abcd", ["d"]),
    ("(a)\\1", "abaab", ["aa", "a"]),
    ("^([0-9]+)\\.([0-9]+)", "10.0.0.1", ["10.0", "10", "0"]),
]


@pytest.mark.parametrize(("expression", "text", "groups"), MATCHED_BY_BASH)
def test_the_longest_match_and_its_subexpressions_are_those_of_glibc(
    expression: str, text: str, groups: list[str]
) -> None:
    found = compile_posix(expression, extended=True).search(text)
    assert found is not None
    assert [group or "" for group in found.groups()] == groups


#: GNU sed 4.9, LC_ALL=C: `sed [-E] 's/EXPRESSION/<&>/g'` of `aabcdab`.
REPLACED_BY_SED = [
    ("x*|b", True, "<>a<>a<b>c<>d<>a<b>"), ("a*", False, "<aa>b<>c<>d<a>b<>"), ("($)", True, "aabcdab<>"),
    ("\\<", True, "<>aabcdab"), ("\\B", True, "a<>a<>b<>c<>d<>a<>b"), ("\\`a", True, "<a>abcdab"),
    ("b\\'", True, "aabcda<b>"), ("(a){0}", True, "<>a<>a<>b<>c<>d<>a<>b<>"), ("a{,}", True, "<aa>b<>c<>d<a>b<>"),
    ("[^]b]", True, "<a><a>b<c><d><a>b"), ("(^|b)*c", True, "aa<bc>dab"), ("\\(^a\\)", False, "<a>abcdab"),
    ("a\\{0,1\\}", False, "<a><a>b<>c<>d<a>b<>"), ("a\\|^b", False, "<a><a>bcd<a>b"), ("^*a", False, "aabcdab"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "extended", "text"), REPLACED_BY_SED)
def test_sed_replaces_what_the_real_one_replaces(expression: str, *, extended: bool, text: str) -> None:
    pattern = compile_posix(expression, extended=extended, dialect="sed")
    assert pattern.replace("aabcdab", lambda found: f"<{found.matched}>") == text


#: What they say of an expression that is none.
REFUSED = [
    ("a(", "grep", True, "Unmatched ( or \\("), ("a)", "sed", True, "Unmatched ) or \\)"),
    ("*a", "regcomp", True, "Invalid preceding regular expression"),
    ("a|*b", "sed", True, "Invalid preceding regular expression"), ("a{x", "sed", True, "Unmatched \\{"),
    ("a**", "sed", False, "Invalid preceding regular expression"),
    ("a{1,x}", "sed", True, "Invalid content of \\{\\}"), ("a{2,1}", "grep", True, "Invalid content of \\{\\}"),
    ("a{40000}", "grep", True, "Regular expression too big"), ("[a", "grep", True, "Unmatched [, [^, [:, [., or [="),
    ("[", "grep", False, "Invalid regular expression"), ("[[:foo:]]", "grep", True, "Invalid character class name"),
    ("[z-a]", "grep", True, "Invalid range end"), ("a\\", "grep", True, "Trailing backslash"),
    ("\\2", "grep", False, "Invalid back reference"), ("[[.hyphen.]]", "sed", True, "Invalid collation character"),
    ("(" * 5000, "grep", True, "Regular expression too big"),
    ("((a{99}){99}){99}", "sed", True, "Regular expression too big"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "dialect", "extended", "words"), REFUSED)
def test_what_is_no_expression_is_refused_in_the_words_of_glibc(
    expression: str, dialect: str, *, extended: bool, words: str
) -> None:
    with pytest.raises(BadExpression, match=re.escape(words)):
        compile_posix(expression, extended=extended, dialect=dialect)


def test_grep_takes_an_operator_at_the_start_and_warns() -> None:
    pattern = compile_lines(["*a", "a{x"], "E", ignore_case=False)
    assert pattern.warnings == ("* at start of expression",)
    assert pattern.occurs("ba")


#: Each took Python's re longer than the universe will last.
EXPONENTIAL = [
    ("(a+)+$", "a" * 5_000 + "b", False),
    ("(a|a)*b", "a" * 5_000, False),
    (".*.*.*.*.*.*x", "a" * 5_000, False),
    ("(((a*)*)*)*b", "a" * 5_000, False),
    ("(a|b)*a(a|b){20}c", "ab" * 2_500, False),
    ("(a?){50}a{50}", "a" * 50, True),
]


@pytest.mark.parametrize(("expression", "text", "occurs"), EXPONENTIAL)
def test_the_time_is_proportional_to_the_text(expression: str, text: str, *, occurs: bool) -> None:
    pattern = compile_posix(expression, extended=True)
    assert pattern.occurs(text) is occurs
    assert (pattern.search(text) is not None) is occurs


def test_a_search_with_back_references_gives_up() -> None:
    with pytest.raises(NotModelled, match="back-references"):
        compile_posix(r"(a*)*\1b", extended=True).search("a" * 40)


# --- laws ------------------------------------------------------------------------------------------------------------

atoms = st.sampled_from(["a", "b", "c", ".", "[ab]", "[^a]", "x"])


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}"])).map(lambda pair: f"({pair[0]}){pair[1]}"),
    )


expressions = st.recursive(atoms, _grow, max_leaves=6)
texts = st.text("abcx", max_size=8)


def _spans(expression: str, text: str) -> list[tuple[int, int]]:
    """All that Python's re finds if it is asked for each pair of ends."""
    pattern = re.compile(expression, re.DOTALL)
    count = len(text)
    return [(a, b) for a in range(count + 1) for b in range(a, count + 1) if pattern.fullmatch(text, a, b)]


@given(expressions, texts)
def test_the_leftmost_and_longest_match_is_found(expression: str, text: str) -> None:
    spans = _spans(expression, text)
    found = compile_posix(expression, extended=True).search(text)
    start = min((span[0] for span in spans), default=None)
    expected = None if start is None else (start, max(end for begin, end in spans if begin == start))
    assert (None if found is None else (found.start, found.end)) == expected


@given(expressions, texts)
def test_prefixes_and_suffixes_are_the_shortest_and_the_longest(expression: str, text: str) -> None:
    pattern: RegexPattern = compile_posix(expression, extended=True)
    ends = [end for start, end in _spans(expression, text) if start == 0]
    starts = [start for start, end in _spans(expression, text) if end == len(text)]
    assert pattern.prefix(text) == max(ends, default=-1)
    assert pattern.prefix(text, shortest=True) == min(ends, default=-1)
    assert pattern.suffix(text) == min(starts, default=-1)
    assert pattern.suffix(text, shortest=True) == max(starts, default=-1)


@given(expressions, texts)
def test_subexpressions_lie_within_the_match(expression: str, text: str) -> None:
    found = compile_posix(expression, extended=True).search(text)
    for group in () if found is None else found.groups():
        assert group is None or group in found.matched  # type: ignore[union-attr]
