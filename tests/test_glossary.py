"""Names are those of docs/glossary.md: what was renamed stays away."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

import pytest

import vnetsim

ROOT = Path(vnetsim.__file__).parent
PAGE = ROOT.parent.parent / "docs" / "glossary.md"
#: Names of the code that gave way to a term of the field.
BANNED = {
    "Way": "FlowEntry, AfOps, ProbePath or HostAccess", "Ways": "FlowTable or ProbePaths", "Way4": "Ipv4Ops",
    "Way6": "Ipv6Ops", "Passage": "FlowOffload", "Surroundings": "NetContext", "steady": "cacheable",
    "look_again": "generation", "Furniture": "OslNamespace", "furniture": "osl",
    "born_inside": "created_in_sandbox", "OneOnly": "SingleNetworkDriver", "Doing": "EngineOperation",
    "Discipline": "QueueingDiscipline", "gathered": "frag_max_size", "redirected_by": "bridged_dnat",
    "hand_frames_to": "register_rx_handler", "keep_frames": "unregister_rx_handler", "short_cut": "RecordedHop",
    "note_plain": "generation", "asks_transport": "needs_transport", "forget_routes": "rt_cache_flush",
    "Placed": "ChainRule", "CommandOutput": "CommandSubstitution", "Voice": "Dialect", "Etc": "SandboxFiles",
    "noting": "Journal.record", "Inside": "ContainerNetns",
    "Said": "ParsedOptions", "Decisions": "VerdictCache", "readings": "match_keys", "ForeignTables": "CompatTables",
    "Shot": "ProbeRequest", "Swept": "SweepRequest", "Stage": "ScenarioScript", "Guardian": "EngineRunner",
    "Belongings": "Ownership", "EngineSeat": "EngineSession", "load_moment": "load_checkpoint",
    "LinkWords": "LinkArgs", "RuleWords": "RuleArgs", "KindWords": "KindArgs", "AddressWords": "AddressArgs",
    "StrayWordError": "BadArgumentError", "go_words": "go_errno", "ethertype_words": "ethertype_text",
    "Place": "LabNetns", "Places": "LabNamespaces", "MutationPlace": "MutationNetns", "PermittedPlace": "EngineLimits",
    "AskedHop": "HopRequest", "AskedCopy": "ProbedCopy", "AskedQuestions": "ProbedQuestions",
    "EngineAsked": "EngineCall", "told": "reported, given or set", "told_of": "reported",
    "may_be_told": "may_lower_pmtu", "make_room": "resize", "ways_around": "bypasses", "asked_by": "request_uplinks",
    "matches_nobody": "matches_no_address", "somebody": "the host or process", "everybody": "all endpoints",
    "everyone": "all", "anybody": "any endpoint",
    "MatchStmt": "ExpressionStmt", "VmapStmt": "VerdictStmt", "LookupExpr": "MapExpr",
    "CtAddressExpr": "CtExpr", "TypedSelector": "Expr", "TypedRelational": "RelationalExpr", "NodeSyntax": "Expr",
    "FieldSyntax": "FieldExpr", "StmtSyntax": "Stmt",
    "PingError": "Exit", "TracerouteError": "Exit", "TcpdumpError": "Exit", "ParameterError": "Exit",
}  # fmt: skip
#: Modules that were renamed.
BANNED_MODULES = {
    "buffer",
    "domain_name",
    "disciplines",
    "spanning",
    "ways",
    "netfilter_ways",
    "tcp_ways",
    "decisions",
    "remarks",
    "passing",
    "hours",
    "looks",
    "foreign",
    "asides",
    "moments",
    "stage",
    "moves",
    "called",
    "guardian",
    "room",
    "seat",
    "belongings",
    "bursts",
    "stored",
    "knowledge",
    "xtables_rare",
    "foreign_changes",
    "connmarks",
    "mss",
    "counting",
    "declarations",
    "addresswords",
    "icmpv6_words",
    "linkwords",
    "kindwords",
    "routewords",
    "rulewords",
    "filterwords",
    "nettoolsusage",
    "ssusage",
    "routeusage",
}
#: Words that stood for a term of the field, or for nothing in particular, in comments and docstrings.
VAGUE = re.compile(
    r"\b(words?|told|said|somebody|someone|everybody|everyone|anybody|nobody|ways?|rooms?|places?|asks|lives|stands"
    r"|hand(?:s|ed)? (?:out|in|back|over)|seats?|guardians?|furniture|passages?)\b",
    re.IGNORECASE,
)
#: Terms of the field that have such a word in them; what is quoted is a program's own text.
REAL_TERMS = re.compile(
    r"three-way handshake|16-bit words|whole words|take place|in place|`[^`]*`|\"[^\"\n]*\"", re.IGNORECASE
)
#: Packages in which `word` is the term of a grammar: POSIX.1-2017, XCU 2.10 and XBD 9.
GRAMMARS = ("shell/", "regex/", "prompt.py")
#: How many there are: the number may only fall.
VAGUE_WORDS = 7
#: Names of classes that several modules of the package have: the number may only fall.
SHARED_CLASS_NAMES = 2
#: Packages whose classes have the names of another program's API.
FOREIGN_NAMES = {"mininet"}
MODULES = sorted(ROOT.rglob("*.py"))


@cache
def tokens(path: Path) -> list[tuple[int, str]]:
    """The names and comments of a module."""
    found = tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline)
    return [(token.type, token.string) for token in found if token.type in (tokenize.NAME, tokenize.COMMENT)]


def names(path: Path, wanted: Collection[str]) -> set[str]:
    """Those of some names that a module has, and not only its comments and strings."""
    found = set(re.findall(r"\w+", path.read_text("utf-8"))).intersection(wanted)
    return found and found & {string for kind, string in tokens(path) if kind == tokenize.NAME}


def test_no_banned_name_comes_back() -> None:
    for path in MODULES:
        assert (path, {name: BANNED[name] for name in names(path, BANNED)}) == (path, {})
        assert (path, BANNED_MODULES & set(path.relative_to(ROOT).with_suffix("").parts)) == (path, set())


def test_class_names_become_more_unique() -> None:
    classes = Counter(
        name
        for path in MODULES
        if path.relative_to(ROOT).parts[0] not in FOREIGN_NAMES
        for name in re.findall(r"^class ([A-Z]\w*)", path.read_text("utf-8"), re.MULTILINE)
    )
    assert sum(count > 1 for count in classes.values()) <= SHARED_CLASS_NAMES


def prose(path: Path) -> Iterator[str]:
    """The comments and docstrings of a module."""
    text = path.read_text("utf-8")
    if not VAGUE.search(text):
        return
    yield from (string for kind, string in tokens(path) if kind == tokenize.COMMENT)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def vague_words(path: Path) -> list[str]:
    in_grammar = path.relative_to(ROOT).as_posix().startswith(GRAMMARS)
    found = [found[0] for text in prose(path) for found in VAGUE.finditer(REAL_TERMS.sub("", text))]
    return [word for word in found if not (in_grammar and word.lower().startswith("word"))]


def test_comments_name_the_thing() -> None:
    found = {path.relative_to(ROOT).as_posix(): words for path in MODULES if (words := vague_words(path))}
    assert sum(map(len, found.values())) <= VAGUE_WORDS, found


@pytest.mark.skipif(not PAGE.exists(), reason="the page is in a checkout only")
def test_the_page_names_what_there_is() -> None:
    words = re.findall(r"^\| (.*?) \|", PAGE.read_text("utf-8"), re.MULTILINE)[2:]
    code = [word for cell in words for word in re.findall(r"`(\w+)`", cell)]
    assert len(code) > 15
    unknown = set(code) - {path.stem for path in MODULES} - {"qdisc", "neigh", "fib"}
    for path in MODULES:
        unknown -= names(path, unknown)
    assert unknown == set()
