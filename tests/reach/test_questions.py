"""Famous questions: `why` names and heals what the table says, no more and no less."""

from __future__ import annotations

import re

import pytest

from tests.reach.asked import KNOWN, PAGE, Question, ask, page, questions
from vnetsim.scenario.compare import differences, report

QUESTIONS = {question.name: question for question in questions()}
PLAYED = [name for name, question in QUESTIONS.items() if not question.is_refused]
#: What the questions are to cover.
TOPICS = {
    "host output and DNAT", "route_localnet", "hairpin", "missing masquerade", "asymmetric routing and INVALID",
    "rp_filter", "proxy ARP and proxy NDP", "stale neighbours", "duplicate addresses",
    "static neighbour and fdb entries", "default gateway among several networks", "internal", "host mode",
    "macvlan and its host", "names and aliases", "dead --dns", "/etc/hosts gone stale", "overlapping subnets", "MTU",
    "stale conntrack", "host firewalls that Docker bypasses", "IPv6",
}  # fmt: skip


def test_there_are_a_hundred_questions_over_the_whole_width() -> None:
    assert len(QUESTIONS) >= 100
    assert {question.fact("about") for question in QUESTIONS.values()} >= TOPICS
    links = [question.fact("link") for question in QUESTIONS.values()]
    assert len(set(links)) == len(links)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_the_facts_are_complete(question: Question) -> None:
    assert set(question.facts) <= set(KNOWN)
    assert all(question.fact(key) for key in ("link", "title", "about", "cause", "fix"))
    assert re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+/(issues|pull)/\d+", question.fact("link"))
    assert question.fact("named") in ("yes", "no")
    assert question.fact("healed") in ("yes", "otherwise", "no")
    if not question.is_refused:
        assert question.fact("words")
        assert question.fact("proof")


@pytest.mark.parametrize("name", PLAYED)
def test_why_answers_as_the_table_says(name: str) -> None:
    question, outcome = QUESTIONS[name], ask(QUESTIONS[name])
    found = differences(question.document, outcome.played)
    assert not found, report(question.document, found)
    built = set(question.lines)
    assert built
    assert not [each.command.text for each in outcome.played if each.command.text in built and each.status]
    assert ("yes" if outcome.named else "no") == question.fact("named")
    assert outcome.healed == question.fact("healed")


@pytest.mark.parametrize("name", [name for name in QUESTIONS if name not in PLAYED])
def test_what_cannot_be_built_is_refused(name: str) -> None:
    last = ask(QUESTIONS[name]).played[-1]
    assert last.status
    assert "not modelled" in last.output


def test_the_page_is_made_from_the_questions() -> None:
    assert PAGE.read_text("utf-8") == page(list(QUESTIONS.values()))
