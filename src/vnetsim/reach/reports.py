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
    return "".join(f"{_told(violation)}\n" for violation in report.violations) + _summary(report)


def _told(violation: Violation) -> str:
    lines = [str(violation)]
    lines += [f"  packet: {violation.packet}: {violation.outcome}"] if violation.packet else []
    lines += [f"  why: {violation.sentence}"] if violation.sentence else []
    lines += [textwrap.indent(violation.story, "    ")] if violation.story else []
    return "\n".join(lines) + "\n"


def _summary(report: Report) -> str:
    name, rules, sent = report.policy.name, len(report.policy.rules), f"({report.probes} packets sent)"
    if report:
        return f"{name}: {'the rule holds' if rules == 1 else f'all {rules} rules hold'} {sent}\n"
    count = len(report.violations)
    return (
        f"{name}: {len(report.broken)} of {rules} rules broken, {'once' if count == 1 else f'{count} times'} {sent}\n"
    )


def as_json(report: Report) -> str:
    told = {
        "policy": report.policy.name,
        "holds": bool(report),
        "rules": [str(rule) for rule in report.policy.rules],
        "packets": report.probes,
        "violations": [violation.json() for violation in report.violations],
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def as_junit(report: Report, scenario: str) -> str:
    """A test case for each rule."""
    cases = [
        TestCase(
            name=str(rule), classname=report.policy.name, file=rule.file, line=rule.line,
            failures=[_failure(violation) for violation in report.violations if violation.rule == rule],
        )
        for rule in report.policy.rules
    ]  # fmt: skip
    return junit(f"{report.policy.name} {scenario}", cases)


def _failure(violation: Violation) -> tuple[str, str]:
    lines = (f"{violation.packet}: {violation.outcome}", violation.sentence, violation.story)
    return violation.headline, "\n".join(filter(None, lines))


def as_sarif(report: Report, scenario: str) -> str:
    """A result for each violation, at the line of its rule."""
    results = [
        Result(
            rule=_rule_id(report, violation.rule), rule_text=str(violation.rule),
            message=f"{violation.headline}: {violation.sentence}", file=violation.rule.file, line=violation.rule.line,
            properties={"scenario": scenario, "packet": violation.packet, "outcome": violation.outcome},
        )
        for violation in report.violations
    ]  # fmt: skip
    return sarif("vnetsim", __version__, results)


def _rule_id(report: Report, rule: Rule) -> str:
    return f"policy-{report.policy.rules.index(rule) + 1}"
