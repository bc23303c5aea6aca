"""What came of a check, for people and for CI: text, JSON, JUnit, SARIF."""

from __future__ import annotations

import json
import textwrap

from vnetsim import __version__
from vnetsim.reach.check import Report, Violation
from vnetsim.reach.policy import Rule
from vnetsim.views.junit import TestCase, junit
from vnetsim.views.sarif import Result, sarif


def text(report: Report) -> str:
    """Each violation with its packet and its why, and a line about all of them."""
    told = [f"{_told(violation)}\n" for violation in report.violations]
    told += [f"{remark.rule.place}: remark: {remark.words} (`{remark.rule}`)\n" for remark in report.remarks]
    return "".join(told) + _summary(report)


def _told(violation: Violation) -> str:
    lines = [str(violation)]
    lines += [f"  packet: {violation.packet}: {violation.outcome}"] if violation.packet else []
    lines += [f"  why: {violation.sentence}"] if violation.sentence else []
    lines += [textwrap.indent(violation.story, "    ")] if violation.story else []
    return "\n".join(lines) + "\n"


def _summary(report: Report) -> str:
    rules, broken, times = len(report.policy.rules), len(report.broken), len(report.violations)
    sent = f"({report.probes} packet{'' if report.probes == 1 else 's'} sent)"
    if times:
        verdict = f"{broken} of {rules} rules broken, {'once' if times == 1 else f'{times} times'}"
    else:
        verdict = "the rule holds" if rules == 1 else f"all {rules} rules hold"
    if report.strict and report.empty:
        verdict += f", but {len(report.empty)} {'is' if len(report.empty) == 1 else 'are'} about nobody"
    return f"{report.policy.name}: {verdict} {sent}\n"


def as_json(report: Report) -> str:
    told = {
        "policy": report.policy.name,
        "holds": bool(report),
        "rules": [str(rule) for rule in report.policy.rules],
        "packets": report.probes,
        "violations": [violation.json() for violation in report.violations],
        "remarks": [remark.json() for remark in report.remarks],
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def as_junit(report: Report, scenario: str) -> str:
    """A test case for each rule; one that says nothing was skipped."""
    cases = [
        TestCase(
            name=str(rule), classname=report.policy.name, file=rule.file, line=rule.line,
            failures=[_failure(violation) for violation in report.violations if violation.rule == rule]
            + [(words, "") for words in said if report.strict],
            skipped="; ".join(said),
        )
        for rule in report.policy.rules
        for said in [[remark.words for remark in report.remarks if remark.empty and remark.rule == rule]]
    ]  # fmt: skip
    return junit(f"{report.policy.name} {scenario}", cases)


def _failure(violation: Violation) -> tuple[str, str]:
    lines = (f"{violation.packet}: {violation.outcome}", violation.sentence, violation.story)
    return violation.headline, "\n".join(filter(None, lines))


def as_sarif(report: Report, scenario: str) -> str:
    """A result for each violation and each remark, at the line of its rule."""
    results = [
        Result(
            rule=_rule_id(report, violation.rule), rule_text=str(violation.rule),
            message=f"{violation.headline}: {violation.sentence}", file=violation.rule.file, line=violation.rule.line,
            properties={"scenario": scenario, "packet": violation.packet, "outcome": violation.outcome},
        )
        for violation in report.violations
    ]  # fmt: skip
    results += [
        Result(
            rule=_rule_id(report, remark.rule), rule_text=str(remark.rule), message=str(remark.words),
            file=remark.rule.file, line=remark.rule.line, properties={"scenario": scenario},
            level="error" if report.strict and remark.empty else "note",
        )
        for remark in report.remarks
    ]  # fmt: skip
    return sarif("vnetsim", __version__, results)


def _rule_id(report: Report, rule: Rule) -> str:
    return f"policy-{report.policy.rules.index(rule) + 1}"
