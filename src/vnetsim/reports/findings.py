"""The findings of a compose file, for people and for CI: text, JSON, JUnit, SARIF, Markdown."""

from __future__ import annotations

import json
from collections import Counter

from vnetsim import __version__
from vnetsim.findings.finding import RULES, ComposeFinding, Examination
from vnetsim.reports.junit import TestCase, junit
from vnetsim.reports.sarif import Notice, SarifResult, sarif


def text(found: Examination) -> str:
    """Each finding with its evidence and its change, what is not known, and a line about all."""
    entries = [_entry(each) for each in found.findings]
    unknown = [f"not known: {each}\n" for each in found.unknown]
    return "".join(f"{each}\n" for each in entries) + "".join(unknown) + _summary(found)


def _entry(each: ComposeFinding) -> str:
    lines = [f"{each.location}: {each.level}: {each.text} [{each.rule}]"]
    lines += [f"  evidence: {line}" for line in each.evidence]
    if each.change is not None:
        lines += [f"  change: {each.change.text} (tried: the finding is gone)"]
        lines += [f"    {line}" for line in each.change.diff]
    return "".join(f"{line}\n" for line in lines)


def _summary(found: Examination) -> str:
    addresses = f"{found.tried} address{'' if found.tried == 1 else 'es'} tried"
    unknown = f", {len(found.unknown)} not known" if found.unknown else ""
    line = f"{found.scenario}: {_count(found)} ({addresses}{unknown})\n"
    return line if not found.is_incomplete else f"{line}{_DECLARE}\n"


_DECLARE = "what images listen on can be declared (--image, vnetsim.yaml); --allow-unknown takes this for an answer"


def _count(found: Examination) -> str:
    levels = Counter(each.level for each in found.findings)
    parts = [f"{number} {level}{'' if number == 1 else 's'}" for level in ("error", "warning", "note")
             if (number := levels[level])]  # fmt: skip
    return ", ".join(parts) or "no findings"


def as_json(found: Examination) -> str:
    document = {
        "scenario": found.scenario,
        "exit_status": found.exit_status,
        "findings": [each.json() for each in found.findings],
        "tried": found.tried,
        "unknown": list(found.unknown),
        "allow_unknown": found.allow_unknown,
        "assumptions": list(found.assumptions),
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def as_sarif(found: Examination) -> str:
    """A result for each finding, at its line."""
    results = [
        SarifResult(
            rule=each.rule, rule_text=RULES[each.rule][1], message="\n".join((each.text, *each.evidence)),
            file=each.file, line=each.line, level=each.level,
            properties={} if each.change is None else {"change": "\n".join(each.change.diff)},
        )
        for each in found.findings
    ]  # fmt: skip
    remarks = (*(f"not known: {each}" for each in found.unknown), *found.assumptions)
    return sarif("vnetsim", __version__, results, [Notice(text=each, level="note") for each in remarks])


def as_junit(found: Examination) -> str:
    """A test case for each rule, which fails by errors and warnings."""
    cases = [
        TestCase(
            name=rule,
            classname=found.scenario,
            failures=[(each.text, _entry(each)) for each in found.findings
                      if each.rule == rule and each.level != "note"],
            errors=[],
            skipped="",
        )
        for rule in RULES
    ]  # fmt: skip
    if found.is_incomplete:
        errors = [f"not known: {each}" for each in found.unknown]
        cases.append(TestCase(name="addresses without an answer", classname=found.scenario, errors=errors))
    remarks = "".join(f"{each}\n" for each in (*(f"not known: {one}" for one in found.unknown), *found.assumptions))
    return junit(f"findings {found.scenario}", cases, remarks=remarks)


def as_markdown(found: Examination) -> str:
    """A summary for a pull request: a table, and each change as a diff."""
    lines = [f"**{found.scenario}**: {_count(found)}", ""]
    if found.findings:
        lines += ["| location | level | finding |", "| --- | --- | --- |"]
        lines += [f"| `{each.location}` | {each.level} | {_cell(each.text)} |" for each in found.findings]
    for each in found.findings:
        if each.change is not None:
            lines += ["", f"{_cell(each.change.text)} ({each.rule}):", "", "```diff", *each.change.diff, "```"]
    remarks = [*(f"not known: {each}" for each in found.unknown), *found.assumptions]
    lines += ["", *(f"- {_cell(each)}" for each in remarks)] if remarks else []
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
