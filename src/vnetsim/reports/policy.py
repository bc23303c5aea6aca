"""What came of a check, for people and for CI: text, Markdown, JSON, JUnit, SARIF."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence

from vnetsim import __version__
from vnetsim.failures import Failure, listing, summary
from vnetsim.reach.policies.check import PolicyReport, Violation
from vnetsim.reach.policies.policy import PolicyRule
from vnetsim.reach.policies.status import Status
from vnetsim.reports import tables
from vnetsim.reports.junit import TestCase, junit
from vnetsim.reports.sarif import Notice, SarifResult, sarif


def text(report: PolicyReport) -> str:
    """Each violation with its packet and its why, each rule that is neither broken nor holds, and a line about all."""
    entries = [f"{_violation_text(violation)}\n" for violation in report.violations]
    entries += [
        f"{each.rule.location}: {each.status.value}: {each.text} (`{each.rule}`)\n" for each in report.unproven_rules
    ]
    return "".join(entries) + incomplete(report.failures) + _summary(report)


def incomplete(failures: Sequence[Failure]) -> str:
    """The failures of an incomplete lab, line by line; "" for a complete one."""
    return "".join(f"{line}\n" for line in (summary(failures), *listing(failures))) if failures else ""


def _violation_text(violation: Violation) -> str:
    lines = [str(violation)]
    lines += [f"  packet: {violation.packet}: {violation.outcome}"] if violation.packet else []
    lines += [f"  why: {violation.sentence}"] if violation.sentence else []
    lines += [textwrap.indent(violation.story, "    ")] if violation.story else []
    return "\n".join(lines) + "\n"


def _summary(report: PolicyReport) -> str:
    sent = f"({report.probes} packet{'' if report.probes == 1 else 's'} sent)"
    return f"{report.policy.name}: {_verdict(report)} {sent}\n"


def _verdict(report: PolicyReport) -> str:
    rules, times = len(report.policy.rules), len(report.violations)
    parts = []
    if times:
        of = f"{len(report.those(Status.BROKEN))} of {rules} rules" if rules > 1 else "the rule is"
        parts.append(f"{of} broken, {'once' if times == 1 else f'{times} times'}")
    for status in (Status.UNKNOWN, Status.VACUOUS):
        if found := report.those(status):
            of = f"{len(found)} of {rules} rules {status.value}" if rules > 1 else f"the rule is {status.value}"
            parts.append(of if not parts else f"{len(found)} {status.value}")
    return "; ".join(parts) or ("the rule holds" if rules == 1 else f"all {rules} rules hold")


def as_markdown(report: PolicyReport) -> str:
    """A summary for a pull request: the rules, each violation with its packet, and what the answer is built on."""
    rows = [[f"`{rule.location}`", f"`{rule}`", report.status(rule).value] for rule in report.policy.rules]
    lines = [f"**{_summary(report).strip()}**", "", *tables.markdown(("place", "rule", "status"), rows).splitlines()]
    for violation in report.violations:
        lines += ["", violation.headline, "", "```text", *_violation_text(violation).splitlines()[1:], "```"]
    remarks = [each.text for each in report.unproven_rules] + list(report.assumptions)
    if report.failures:
        remarks += [summary(report.failures), *listing(report.failures)]
    lines += ["", *(f"- {each.strip()}" for each in remarks)] if remarks else []
    return "\n".join(lines) + "\n"


def as_json(report: PolicyReport) -> str:
    document = {
        "policy": report.policy.name,
        "holds": bool(report),
        "exit_status": report.exit_status,
        "rules": [
            {"rule": str(rule), "file": rule.file, "line": rule.line, "status": report.status(rule).value}
            for rule in report.policy.rules
        ],
        "packets": report.probes,
        "violations": [violation.json() for violation in report.violations],
        "remarks": [unproven.json() for unproven in report.unproven_rules],
        "incomplete": [failure.json() for failure in report.failures],
        **({"assumptions": list(report.assumptions)} if report.assumptions else {}),
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def as_junit(report: PolicyReport, scenario: str) -> str:
    """A test case for each rule: one without an answer is an error, a vacuous one that is allowed was skipped."""
    cases = [
        TestCase(
            name=str(rule),
            classname=report.policy.name,
            failures=[_failure(violation) for violation in report.violations if violation.rule == rule],
            errors=[] if report.is_good(rule) else messages,
            skipped="; ".join(messages) if report.is_good(rule) else "",
        )
        for rule in report.policy.rules
        for messages in [[unproven.text for unproven in report.unproven_rules if unproven.rule == rule]]
    ]
    remarks = incomplete(report.failures) + "".join(f"{each}\n" for each in report.assumptions)
    return junit(f"{report.policy.name} {scenario}", cases, remarks=remarks)


def _failure(violation: Violation) -> tuple[str, str]:
    packet = f"{violation.packet}: {violation.outcome}"
    lines = (violation.rule.location, packet, violation.sentence, violation.story)
    return violation.headline, "\n".join(filter(None, lines))


def as_sarif(report: PolicyReport, scenario: str) -> str:
    """A result for each violation and each remark, at the line of its rule."""
    results = [
        SarifResult(
            rule=_rule_id(report, violation.rule),
            rule_text=str(violation.rule),
            message=f"{violation.headline}: {violation.sentence}",
            file=violation.rule.file,
            line=violation.rule.line,
            properties={"scenario": scenario, "packet": violation.packet, "outcome": violation.outcome},
        )
        for violation in report.violations
    ]
    results += [
        SarifResult(
            rule=_rule_id(report, unproven.rule),
            rule_text=str(unproven.rule),
            message=f"{unproven.status.value}: {unproven.text}",
            file=unproven.rule.file,
            line=unproven.rule.line,
            properties={"scenario": scenario},
            level="note" if report.is_good(unproven.rule) else "error",
        )
        for unproven in report.unproven_rules
    ]
    notices = [Notice(text=str(failure), file=failure.file, line=failure.line) for failure in report.failures]
    notices += [Notice(text=assumption, level="note") for assumption in report.assumptions]
    return sarif("vnetsim", __version__, results, notices)


def _rule_id(report: PolicyReport, rule: PolicyRule) -> str:
    return f"policy-{report.policy.rules.index(rule) + 1}"
