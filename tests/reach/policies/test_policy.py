"""Policies: read, printed, refused in one sentence, and held against what packets do."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from tests.reach.matrix.test_matrix import SHOP, shop
from vnetsim.cli import main
from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.reach.policies.check import check
from vnetsim.reach.policies.policy import Policy, PolicyPort, load, parse
from vnetsim.reach.policies.status import Status
from vnetsim.reports.policy import text

EXAMPLE = """\
# Who may talk to whom.
group front = web1, web2, label:tier=front

front -> api: tcp/8000             # must
* !-> db except api: tcp/5432
lan -> web: tcp/80 only
net:backend, netns:x !-> lan, 10.0.0.1, [fd00::1]: tcp/1-3, udp/53, icmp
"""


def test_a_policy_prints_as_it_is_written() -> None:
    lines = [line.partition("#")[0].rstrip() for line in EXAMPLE.splitlines()]
    assert str(parse("x.policy", EXAMPLE)).splitlines() == [line for line in lines if line]


def test_rules_know_where_they_stand() -> None:
    rules = parse("x.policy", EXAMPLE).rules
    assert [rule.location for rule in rules] == ["x.policy:4", "x.policy:5", "x.policy:6", "x.policy:7"]
    assert rules[1].exceptions[0].pattern == "api"
    assert rules[3].ports == (PolicyPort("tcp", 1, 3), PolicyPort("udp", 53), PolicyPort("icmp"))


NAMES = st.from_regex(r"[a-z][a-z0-9_.-]{0,8}\*?", fullmatch=True).filter(
    lambda name: name not in ("except", "only", "group", "icmp")
)
MEMBERS = st.one_of(NAMES, st.builds("{}:{}".format, st.sampled_from(["container", "netns", "net", "label"]), NAMES))
LISTS = st.lists(MEMBERS, min_size=1, max_size=3).map(", ".join)
PORTS = st.lists(st.sampled_from(["tcp/80", "udp/53", "icmp", "tcp/8000-8010"]), min_size=1, unique=True).map(", ".join)


@given(LISTS, st.sampled_from(["->", "!->"]), LISTS, st.none() | LISTS, st.none() | PORTS)
def test_reading_what_was_printed_changes_nothing(
    who: str, arrow: str, whom: str, excepted: str | None, ports: str | None
) -> None:
    line = f"{who} {arrow} {whom}" + (f" except {excepted}" if excepted else "") + (f": {ports}" if ports else "")
    assert str(parse("p", line)) == f"{line}\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a", "f:1: expected `->` or `!->` behind the senders, found the end of the line"),
        ("a -> ", "f:1: expected a destination behind the arrow, found the end of the line"),
        ("a => b", "f:1: expected `->` or `!->` behind the senders, found '=>'"),
        ("a -> b: tcp", "f:1: expected a port like `tcp/80`, `udp/53`, `tcp/8000-8010` or `icmp`, found 'tcp'"),
        ("a -> b: tcp/99999", "f:1: expected ports from 1 to 65535, the smaller one first, found 'tcp/99999'"),
        ("a -> b: tcp/9-1", "f:1: expected ports from 1 to 65535, the smaller one first, found 'tcp/9-1'"),
        ("a -> b tcp/80", "f:1: expected `:` and ports, `except`, or the end of the line, found 'tcp/80'"),
        ("a !-> b: tcp/80 only", "f:1: `only` belongs to `->`: it says that nothing else is reached"),
        ("a -> b only", "f:1: expected a port before `only`, as in `web -> db: tcp/5432 only`"),
        ("\n\ngroup x y", "f:3: expected `=` behind `group x`, found 'y'"),
        ("group:x -> b", "f:1: there is no group 'x' above this line (there are: none)"),
        ("10.0.0.1 -> b", "f:1: 10.0.0.1 is an address: expected a name, for only destinations can be addresses"),
        (
            "a -> b: tcp/1 except c",
            "f:1: `except` stands before `:` and the ports, as in `* !-> db except api: tcp/5432`",
        ),
        ("# nothing", "f: there is no rule in this policy: expected a line like `web -> db: tcp/5432`"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_sentence(text: str, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse("f", text)
    assert str(refused.value) == words


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_text_is_a_policy_or_refused(text: str) -> None:
    try:
        parse("f", text)
    except UsageError as error:
        refused = str(error)
    else:
        refused = ""
    assert "\n" not in refused


# --- held against a lab --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lab() -> Lab:
    return shop()


@pytest.mark.parametrize(
    "rule",
    [
        "web -> api: tcp/8000",
        "* !-> db except api: tcp/5432",
        "* !-> db except api",
        "lan -> web: tcp/80 only",
        "lan -> host: tcp/8080",
        "lan !-> api, db",
        "net:front -> net:front",
        "net:back -> net:back: tcp/8000 only",
        "host -> *: icmp",
        "web -> 172.18.0.3: tcp/8000",
    ],
)
def test_a_rule_that_holds(lab: Lab, rule: str) -> None:
    wanted = not rule.startswith("net:back")
    report = check(lab, Policy.of(rule), explained=False)
    assert bool(report) is wanted, [str(violation) for violation in report.violations]


@pytest.mark.parametrize(
    ("rule", "violations"),
    [
        ("web -> db: tcp/5432", ["web does not reach db at tcp/5432, and must (`web -> db: tcp/5432`)"]),
        ("api !-> db", [f"api reaches db at {port}, and must not (`api !-> db`)" for port in ("icmp", "tcp/5432")]),
        ("lan !-> web", ["lan reaches web at tcp/80, and must not (`lan !-> web`)"]),
        ("host !-> db: icmp", ["host reaches db at icmp, and must not (`host !-> db: icmp`)"]),
        (
            "web -> api: tcp/9 only",
            [
                "web does not reach api at tcp/9, and must (`web -> api: tcp/9 only`)",
                "web reaches api at tcp/8000, and must not (`web -> api: tcp/9 only`)",
            ],
        ),
    ],
)
def test_a_rule_that_is_broken(lab: Lab, rule: str, violations: list[str]) -> None:
    report = check(lab, Policy.of(rule))
    assert [violation.headline for violation in report.violations] == violations
    assert all(violation.sentence for violation in report.violations)


def test_a_violation_tells_its_packet_and_why(lab: Lab) -> None:
    (violation,) = check(lab, Policy.of("web -> db: tcp/5432")).violations
    assert violation.packet == "web -> 172.19.0.3 tcp/5432"
    assert violation.commands == ("docker run --rm --network container:web busybox nc -z -w 5 172.19.0.3 5432",)
    assert "DOCKER-ISOLATION-STAGE-1" in violation.sentence + violation.story


def test_who_does_not_run_reaches_nobody_and_is_forbidden_nothing() -> None:
    stopped = shop()
    assert stopped.run("docker stop api")
    report = check(stopped, Policy.of("web -> api: tcp/8000", "* !-> api"))
    assert [violation.sentence for violation in report.violations] == ["api is exited, not running"]


DB = "; did you mean 'db'?"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("web -> dbb", "there is no container, namespace or machine 'dbb' (there are: host, lan, web, api, db)" + DB),
        ("net:front -> net:bakc", "there is no network 'bakc' (there are: back, bridge, front, host, none)"),
    ],
)
def test_a_slip_of_the_pen_is_no_rule(lab: Lab, rule: str, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        check(lab, Policy.of(rule))
    assert str(refused.value) == f"policy:1: {words}"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("web !-> nobody*", "`nobody*` is nobody in this scenario"),
        ("label:tier=front -> db", "`label:tier=front` is nobody in this scenario"),
        ("web, x* !-> db: tcp/5432", "`x*` is nobody in this scenario"),
        ("* !-> db except api: tcp/5433", "nobody listens at this port of the destination"),
        ("web !-> web", "there is no sender and destination left that it is about"),
        ("api !-> db except api", "there is no sender and destination left that it is about"),
        ("web !-> db: tcp/5433, tcp/1-3", "nobody listens at any of these ports of the destination"),
    ],
)
def test_a_rule_that_nothing_could_break_is_vacuous(lab: Lab, rule: str, words: str) -> None:
    report = check(lab, Policy.of(rule))
    assert not report.violations
    assert [(unproven.text, unproven.status) for unproven in report.unproven_rules] == [(words, Status.VACUOUS)]
    assert (bool(report), report.exit_status) == (False, 2)
    assert check(lab, Policy.of(rule), allow_vacuous=True).exit_status == 0


@pytest.mark.parametrize(
    "rule",
    ["web -> api: tcp/8000 only", "web !-> db except api", "* !-> db except api, x*", "web !-> 172.19.0.3: tcp/9"],
)
def test_a_rule_for_which_packets_were_sent_is_not(lab: Lab, rule: str) -> None:
    report = check(lab, Policy.of(rule))
    assert (report.unproven_rules, report.exit_status) == ((), 0)


def test_a_broken_rule_beside_a_vacuous_one_is_told_first(lab: Lab) -> None:
    report = check(lab, Policy.of("api !-> db", "web !-> nobody*", "web -> api: tcp/8000"), allow_vacuous=True)
    assert [report.status(rule) for rule in report.policy.rules] == [Status.BROKEN, Status.VACUOUS, Status.HOLDS]
    assert report.exit_status == 1
    assert text(report).endswith("1 of 3 rules broken, 2 times; 1 vacuous (4 packets sent)\n")


def test_a_paused_container_reaches_nobody() -> None:
    paused = shop()
    assert paused.run("docker pause api")
    report = check(paused, Policy.of("api !-> db: tcp/5432", "api -> db: tcp/5432", "web -> api: tcp/8000"))
    assert [violation.sentence for violation in report.violations] == ["api is paused, not running"]
    assert [unproven.text for unproven in report.unproven_rules] == [
        "nothing was sent for it: api is paused, not running"
    ]


# --- the command ---------------------------------------------------------------------------------------------------


def vnetsim(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


@pytest.fixture
def session(tmp_path: Path) -> str:
    path = tmp_path / "shop.session"
    path.write_text("".join(f"$ {line}\n" for line in SHOP))
    return str(path)


def test_check_ends_with_0_if_all_hold(tmp_path: Path, session: str) -> None:
    path = tmp_path / "p"
    path.write_text("web -> api: tcp/8000\n* !-> db except api\n")
    result = vnetsim("check", session, str(path))
    assert (result.exit_code, result.output) == (0, f"{path}: all 2 rules hold (4 packets sent)\n")


def test_check_ends_with_1_and_tells_ci(tmp_path: Path, session: str) -> None:
    path, junit, sarif = tmp_path / "p", tmp_path / "j.xml", tmp_path / "s.sarif"
    path.write_text("web -> api: tcp/8000\nweb -> db: tcp/5432\n")
    result = vnetsim("check", session, str(path), "--junit", str(junit), "--sarif", str(sarif), "--json")
    assert result.exit_code == 1
    told = json.loads(result.output)
    assert [each["port"] for each in told["violations"]] == ["tcp/5432"]
    suite = ET.parse(junit).getroot().find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    (finding,) = json.loads(sarif.read_text("utf-8"))["runs"][0]["results"]
    assert finding["locations"][0]["physicalLocation"]["region"] == {"startLine": 2}


def test_check_tells_ci_of_rules_about_nobody(tmp_path: Path, session: str) -> None:
    path, junit, sarif = tmp_path / "a policy", tmp_path / "j.xml", tmp_path / "s.sarif"
    path.write_bytes(b"\xef\xbb\xbfweb -> api: tcp/8000\r\nwbe* !-> db\r\n")
    words = ["check", session, str(path), "--junit", str(junit), "--sarif", str(sarif)]
    result = vnetsim(*words)
    unproven = f"{path}:2: vacuous: `wbe*` is nobody in this scenario (`wbe* !-> db`)\n"
    assert (result.exit_code, result.output) == (2, f"{unproven}{path}: 1 of 2 rules vacuous (2 packets sent)\n")
    suite = ET.parse(junit).getroot().find("testsuite")
    assert suite is not None
    assert [suite.get(name) for name in ("failures", "errors", "skipped")] == ["0", "1", "0"]
    (found,) = json.loads(sarif.read_text("utf-8"))["runs"][0]["results"]
    assert found["level"] == "error"
    assert vnetsim(*words, "--allow-vacuous").exit_code == 0
    suite = ET.parse(junit).getroot().find("testsuite")
    assert suite is not None
    assert [suite.get(name) for name in ("failures", "errors", "skipped")] == ["0", "0", "1"]
    (found,) = json.loads(sarif.read_text("utf-8"))["runs"][0]["results"]
    assert found["level"] == "note"


@pytest.mark.parametrize(
    ("policy", "words"), [("web > db", ":1: expected `->`"), ("web -> dbb", ":1: there is no container")]
)
def test_check_ends_with_2_for_what_makes_no_sense(tmp_path: Path, session: str, policy: str, words: str) -> None:
    path = tmp_path / "p"
    path.write_text(policy)
    result = vnetsim("check", session, str(path))
    assert result.exit_code == 2
    assert f"vnetsim: {path}{words}" in result.stderr


def test_a_policy_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the policy"):
        load(tmp_path / "none")


def test_the_reports_for_ci_keep_to_their_schemas(tmp_path: Path, session: str) -> None:
    """What junit-10.xsd and windyroad's JUnit.xsd both ask of a report; checked with xmlschema when it was written."""
    path, junit = tmp_path / "p", tmp_path / "j.xml"
    path.write_text("api !-> db\nweb !-> nobody*\nweb -> api: tcp/8000\n")
    assert vnetsim("check", session, str(path), "--junit", str(junit)).exit_code == 1
    (suite,) = ET.parse(junit).getroot()
    asked = {"id", "package", "name", "timestamp", "hostname", "tests", "failures", "errors", "skipped", "time"}
    assert set(suite.keys()) == asked
    cases = suite.findall("testcase")
    assert [child.tag for child in suite] == ["properties", *["testcase"] * len(cases), "system-out", "system-err"]
    assert [set(case.keys()) for case in cases] == [{"name", "classname", "time"}] * len(cases)
    assert [[child.tag for child in case] for case in cases] == [["failure"], ["error"], []]
