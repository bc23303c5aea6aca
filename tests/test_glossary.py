"""Names are those of docs/glossary.md: what was renamed stays away."""

from __future__ import annotations

import io
import re
import tokenize
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import vnetsim

ROOT = Path(vnetsim.__file__).parent
PAGE = ROOT.parent.parent / "docs" / "glossary.md"
#: Names of the code that gave way to a term of the field.
BANNED = {
    "Way": "FlowEntry, AfOps, ProbePath or HostAccess", "Ways": "FlowTable or ProbePaths", "Way4": "Ipv4Ops",
    "Way6": "Ipv6Ops", "Passage": "ForwardFlow", "Surroundings": "NetContext", "steady": "cacheable",
    "look_again": "update_fast_path", "Furniture": "OslNamespace", "furniture": "osl",
    "born_inside": "created_in_sandbox", "OneOnly": "SingleNetworkDriver", "Doing": "EngineOperation",
    "Discipline": "RootQdisc", "gathered": "frag_max_size", "redirected_by": "bridged_dnat",
    "hand_frames_to": "register_rx_handler", "keep_frames": "unregister_rx_handler", "short_cut": "fast path",
    "note_plain": "update_fast_path", "asks_transport": "needs_transport", "forget_routes": "rt_cache_flush",
    "Placed": "ChainRule", "CommandOutput": "CommandSubstitution", "Voice": "Dialect", "Etc": "SandboxFiles",
    "noting": "Journal.record", "Inside": "ContainerNetns",
    "Said": "ParsedOptions", "Decisions": "VerdictCache", "readings": "match_keys", "ForeignTables": "CompatTables",
    "Shot": "ProbeRequest", "Swept": "SweepRequest", "Stage": "ScenarioScript", "Guardian": "EngineRunner",
    "Belongings": "Ownership", "EngineSeat": "EngineSession", "load_moment": "load_checkpoint",
    "LinkWords": "LinkArgs", "RuleWords": "RuleArgs", "KindWords": "KindArgs", "AddressWords": "AddressArgs",
    "StrayWordError": "BadArgumentError", "go_words": "go_errno", "ethertype_words": "ethertype_text",
    "Place": "LabNetns", "Places": "LabNamespaces", "MutationPlace": "MutationNetns",
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
#: Names of classes that several modules of the package have: the number may only fall.
SHARED_CLASS_NAMES = 2
MODULES = sorted(ROOT.rglob("*.py"))


@cache
def names(path: Path) -> set[str]:
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline)
    return {token.string for token in tokens if token.type == tokenize.NAME}


def test_no_banned_name_comes_back() -> None:
    for path in MODULES:
        assert (path, {name: BANNED[name] for name in names(path) & BANNED.keys()}) == (path, {})
        assert (path, BANNED_MODULES & set(path.relative_to(ROOT).with_suffix("").parts)) == (path, set())


def test_class_names_become_more_unique() -> None:
    classes = Counter(
        name for path in MODULES for name in re.findall(r"^class ([A-Z]\w*)", path.read_text("utf-8"), re.MULTILINE)
    )
    assert sum(count > 1 for count in classes.values()) <= SHARED_CLASS_NAMES


@pytest.mark.skipif(not PAGE.exists(), reason="the page is in a checkout only")
def test_the_page_names_what_there_is() -> None:
    known = set[str]().union(*map(names, MODULES)) | {path.stem for path in MODULES} | {"qdisc", "neigh", "fib"}
    words = re.findall(r"^\| (.*?) \|", PAGE.read_text("utf-8"), re.MULTILINE)[2:]
    code = [word for cell in words for word in re.findall(r"`(\w+)`", cell)]
    assert len(code) > 15
    assert [word for word in code if word not in known] == []
