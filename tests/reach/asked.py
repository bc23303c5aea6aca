"""Real questions from public issue trackers: a lab for each, and whether `why` names the accepted cause and heals it.

A file in `questions/` is a session that ends with `why`.  Its facts stand at the top, a line each:

    link, title        the public page
    about              the topic
    cause, fix         what was accepted there, in one line
    words              what the sentence of `why` must have to name the cause
    named              whether it has: yes, no
    remedy             a part of the commands (or of the other question) that are the accepted fix
    proof              a command that works once it is healed, and not before, unless another question is the remedy
    exposure           something arrives that should not: `proof` works before, and not once it is stopped
    healed             yes: one of the changes is the accepted fix, and the proof holds after it alone; otherwise: only
                       after others; no
    refused            a command of the lab is not modelled; there is no `why`

python -m tests.reach.asked        plays all labs, writes outputs, `named` and `healed` anew, and docs/questions.md
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Final

import attrs

from vnetsim import Lab
from vnetsim.scenario.document import Document
from vnetsim.scenario.load import load
from vnetsim.scenario.play import Played, play
from vnetsim.scenario.update import update

QUESTIONS: Final = Path(__file__).parent / "questions"
PAGE: Final = Path(__file__).parent.parent.parent / "docs" / "questions.md"
KNOWN: Final = ("link", "title", "about", "cause", "fix", "words", "named", "remedy", "proof", "exposure", "healed",
                "refused")  # fmt: skip
_FACT: Final = re.compile(r"^- (\w+): (.*)$", re.MULTILINE)
#: What stands before the command whose failure people saw.
SEEN: Final = "What is seen:"


@attrs.frozen
class Question:
    """A file of `questions/`: its facts as they are written, and its session."""

    path: Path
    facts: dict[str, str]

    @property
    def name(self) -> str:
        return self.path.stem

    @cached_property
    def document(self) -> Document:
        return load(self.path)

    def fact(self, key: str) -> str:
        return self.facts.get(key, "").strip("`")

    @property
    def is_refused(self) -> bool:
        return "refused" in self.facts

    @property
    def lines(self) -> list[str]:
        """The commands that build the lab: those before what is seen and the question."""
        text = self.path.read_text("utf-8").splitlines()
        end = text.index(SEEN) if SEEN in text else len(text)
        return [
            command.text
            for command in self.document.commands[: -1 if not self.is_refused else None]
            if command.line <= end
        ]


def questions() -> list[Question]:
    return [Question(path, dict(_FACT.findall(path.read_text("utf-8")))) for path in sorted(QUESTIONS.glob("*.md"))]


@attrs.frozen
class Outcome:
    """What a question came to when it was played."""

    named: bool
    healed: str
    played: tuple[Played, ...]
    why_seconds: float = 0.0  #: of the processor


def ask(question: Question) -> Outcome:
    """Play the lab, and try what `why` proposes on a copy of it."""
    lab = Lab(watch=True)
    *before, asked = question.document.parts
    played = play(attrs.evolve(question.document, parts=tuple(before)), lab)
    began = time.process_time()
    played += play(attrs.evolve(question.document, parts=(asked,)), lab)
    seconds = time.process_time() - began
    if question.is_refused:
        return Outcome(False, "no", played, seconds)
    answer = played[-1].lines
    reason = next((line for line in answer if line.startswith("reason ")), "")
    named = bool(question.fact("words")) and question.fact("words") in reason
    return Outcome(named, _healed(question, lab, answer), played, seconds)


@attrs.frozen
class Proposed:
    """A change that was proposed: its commands, and the other question if one is to be asked then."""

    commands: tuple[str, ...]
    asked: str = ""

    def has(self, words: str) -> bool:
        return any(words in line for line in (*self.commands, self.asked))


def proposed(answer: Iterable[str]) -> list[Proposed]:
    """The changes of an answer, the best first; a hint is one without commands."""
    found: list[Proposed] = []
    for line in answer:
        if line.startswith(("change   ", "or       ")):
            found.append(Proposed(()))
        elif line.startswith("hint     "):
            found.append(Proposed((), line))
        elif line.startswith("         $ "):
            found[-1] = attrs.evolve(found[-1], commands=(*found[-1].commands, line.strip().removeprefix("$ ")))
        elif line.startswith("         then: "):
            found[-1] = attrs.evolve(found[-1], asked=line.strip())
    return [each for each in found if each.commands or each.asked]


def _healed(question: Question, lab: Lab, answer: Iterable[str]) -> str:
    """Each change is made by itself: one of those that hold must be the accepted one, which is made first."""
    remedy, found = question.fact("remedy"), proposed(answer)
    accepted = [each for each in found if remedy and each.has(remedy)]
    # without a change: then only another question is an answer
    held = not all(each.asked for each in found) and _holds(question, lab.fork())
    for each in (*accepted, *(each for each in found if each not in accepted)):
        if (each.asked or not held) and _heals(question, lab.fork(), each):
            return "yes" if each in accepted else "otherwise"
    return "no"


def _heals(question: Question, copy: Lab, change: Proposed) -> bool:
    for line in change.commands:
        if line.endswith(" &"):
            copy.start(line.removesuffix(" &"))
        elif not copy.run(line):
            return False
    copy.sleep(1)
    return _holds(question, copy)


def _holds(question: Question, lab: Lab) -> bool:
    return bool(lab.run(question.fact("proof"))) != bool(question.fact("exposure"))


# --- the page --------------------------------------------------------------------------------------------------------


def page(asked: list[Question]) -> str:
    """docs/questions.md."""
    return "\n".join(_page(asked)) + "\n"


_HEAD: Final = """\
# Questions that people asked

{all} questions from public issue trackers. For each there is a lab in `tests/reach/questions/`: a session that ends
with `why`. Cause and remedy are those that were accepted there, in one line; the labs are our own. This page is
made from these files (`python -m tests.reach.asked`), and a test holds both to what `why` answers.

| of {played} labs | |
| --- | --- |
| the accepted cause is named | {named} |
| healed by the accepted remedy (yes) | {yes} |
| healed by another change (otherwise) | {otherwise} |
| no change found that heals it (no) | {no} |

{refused} more cannot be built, as something in them is not modelled.
"""


def _page(asked: list[Question]) -> Iterator[str]:
    played = [each for each in asked if not each.is_refused]
    healed = [each.fact("healed") for each in played]
    counts = {word: healed.count(word) for word in ("yes", "otherwise", "no")}
    named = sum(each.fact("named") == "yes" for each in played)
    yield _HEAD.format(all=len(asked), played=len(played), named=named, refused=len(asked) - len(played), **counts)
    for topic in dict.fromkeys(each.fact("about") for each in asked):
        yield from (
            f"## {_heading(topic)}",
            "",
            "| question | cause | named | healed | remedy |",
            "| --- | --- | --- | --- | --- |",
        )
        yield from (_row(each) for each in asked if each.fact("about") == topic)
        yield ""


def _heading(topic: str) -> str:
    first = topic.split(maxsplit=1)[0]
    return f"{topic[0].upper()}{topic[1:]}" if first.isalpha() else topic


def _row(each: Question) -> str:
    named, healed = each.fact("named"), each.fact("healed")
    lab = f"[{each.name[:3]}](../tests/reach/questions/{each.path.name})"
    if each.is_refused:
        named = healed = "not modelled"
    title = f"[{_escaped(each.fact('title'))}]({each.fact('link')}) ({lab})"
    cells = [title, _escaped(each.facts["cause"]), named, healed, _escaped(each.facts["fix"])]
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    return re.sub(r"([|<>\[\]*_])", r"\\\1", text)


def main() -> None:
    for question in questions():
        # A status that is not written yet is not expected, so that `why` refuses: it is asked again once it is written.
        question.path.write_text(update(question.document, ask(question).played), "utf-8")
        question = Question(question.path, question.facts)
        outcome = ask(question)
        text = update(question.document, outcome.played)
        named = "yes" if outcome.named else "no"
        text = re.sub(r"^- named: .*$", f"- named: {named}", text, flags=re.MULTILINE)
        text = re.sub(r"^- healed: .*$", f"- healed: {outcome.healed}", text, flags=re.MULTILINE)
        question.path.write_text(text, "utf-8")
        print(f"{question.name}: named {named}, healed {outcome.healed}, {outcome.why_seconds:.2f} s of the processor")
    PAGE.write_text(page(questions()), "utf-8")


if __name__ == "__main__":
    main()
