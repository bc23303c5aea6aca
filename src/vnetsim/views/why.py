"""An answer to `why` as people read it: the verdict, the story, what decided, what would turn it.

It is made from the plain values that `vnetsim why --json` prints, and knows nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

_BOLD, _RED, _GREEN, _YELLOW, _DIM = "1", "31", "32", "33", "2"
#: How often a line is printed: more than the fragments of a long packet need.
_ROUNDS: Final = 4
#: How the packets of a story are called.
_ROLES: Final = {"request": "", "reply": "answer", "error": "ICMP error", "neighbour": "question for the next hop",
                 "name": "name"}  # fmt: skip


def why_text(answer: Mapping[str, Any], *, colour: bool = False) -> str:
    """The answer as text; `colour` with the escapes of a terminal."""
    return "".join(f"{line}\n" for line in _WhyPrinter(answer, colour=colour).lines())


class _WhyPrinter:
    def __init__(self, answer: Mapping[str, Any], *, colour: bool) -> None:
        self._answer, self._colour = answer, colour

    def _in(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and text else text

    def lines(self) -> Iterator[str]:
        yield self._headline()
        if self._answer["story"]:
            yield ""
            yield from self._story(self._answer["story"])
        yield ""
        yield f"{self._in('reason', _BOLD)}   {self._answer['sentence']}"
        yield from self._otherwise()
        flow = self._answer["flow"]
        if flow["connection"] is not None:
            yield f"{self._in('flow', _BOLD)}     {flow['connection']}"
        for known in flow["remembered"]:
            yield f"{self._in('known', _BOLD)}    {known['namespace']}: {known['text']}"
        for gate in self._answer["let_through"]:
            yield f"{self._in('open', _BOLD)}     {_decider(gate)}"
        for rule in self._answer["missed"]:
            where = f"{rule['namespace']}, {rule['table']} {rule['chain']}"
            number = f" rule {rule['number']}" if rule["number"] else ""
            yield f"{self._in('missed', _BOLD)}   {where}{number}: {rule['text']}: {rule['sentence']}"
        yield from self._change()
        yield from self._incomplete()

    def _incomplete(self) -> Iterator[str]:
        failures = self._answer.get("incomplete", ())
        if failures:
            yield ""
            yield self._in("incomplete lab: commands of the scenario did not do what was asked", _RED)
        for failure in failures:
            location = f"{failure['file']}:{failure['line']}: " if failure["file"] else ""
            yield f"  {location}`{failure['command']}` ended with {failure['status']}: {failure['message']}"

    def _headline(self) -> str:
        question, arrives = self._answer["question"], self._answer["arrives"]
        what = f"{question['protocol']}/{question['port']}" if question["port"] else question["protocol"]
        what += "" if question["size"] is None else f" size={question['size']}"
        what += " df" if question["df"] else ""
        what += "" if question["source_port"] is None else f" sport={question['source_port']}"
        what += " established" if question["established"] else ""
        verdict = "arrives" if arrives else "does not arrive"
        code = "" if arrives else f": {self._answer['reason']}"
        address = self._answer["address"]
        where = question["to"] if address in (None, question["to"]) else f"{question['to']} ({address})"
        colour = _GREEN if arrives else _RED
        return f"{question['from']} -> {where} {what}: {self._in(verdict + code, colour)}"

    def _story(self, story: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        width = max(len(step["namespace"]) for step in story)
        role, shown = "request", None
        for step in _without_rounds(story):
            if step["packet"] != role:
                role, shown = step["packet"], None
                if _ROLES.get(role):
                    yield self._in(f"  {_ROLES[role]}:", _DIM)
            name = step["namespace"] if step["namespace"] != shown else ""
            shown = step["namespace"]
            text = step["text"]
            if step["event"] == "dropped":
                text = self._in(text, _RED)
            elif step["event"] == "filtered":
                text = self._in(text, _YELLOW)
            elif step["event"] == "delivered":
                text = self._in(text, _GREEN)
            yield f"  {name:<{width}}  {text}"

    def _otherwise(self) -> Iterator[str]:
        """What the name, or the address, comes to instead."""
        other = self._answer["otherwise"]
        if other is not None:
            verdict = "arrives" if other["arrives"] else f"does not arrive: {other['reason']}"
            yield (
                f"{self._in('but' if other['arrives'] else 'and', _BOLD)}      by its {other['by']} {other['target']} "
                f"it {verdict} ({other['sentence']})"
            )

    def _change(self) -> Iterator[str]:
        remedies = self._answer["remedies"]
        goal = "arrives no more" if self._answer["arrives"] else "arrives"
        if not remedies and self._answer["searched"]:
            tried = f"{self._answer['tried']} were tried"
            yield f"{self._in('change', _BOLD)}   none was found with which it {goal} ({tried})"
        for number, remedy in enumerate(remedies):
            name = "or    " if number else "change"
            yield f"{self._in(name, _BOLD)}   {remedy['words']} (tried: then it {goal})"
            for command in remedy["commands"]:
                yield f"         {self._in('$ ' + command, _BOLD)}"
            if remedy["ask"] is not None:
                question = remedy["ask"]
                yield f"         then: {question['from']} -> {question['to']} {question['probe']}"
            for line in _effects(remedy["effects"]):
                yield f"         {line}"
        yield from self._besides(remedies)

    def _besides(self, remedies: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """What was compared, what was refused, and what is answered without a change."""
        if remedies:
            yield f"compared {_scope(remedies[0]['compared'])}"
        for refused in self._answer["refused"]:
            yield f"refused  {refused['words']}: {refused['reason']}"
        for hint in self._answer["hints"]:
            yield f"hint     {hint['words']}: {hint['from']} -> {hint['to']} {hint['probe']} arrives"


#: So many pairs and ports are printed one by one.
_LISTED: Final = 4


def _effects(effects: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What a remedy opens and closes besides, the sources of one destination and port together."""
    if not effects:
        yield "changes nothing else"
    for verb, opens in (("opens", True), ("closes", False)):
        lines = _grouped([effect for effect in effects if effect["opens"] is opens])
        more = f"; and {len(lines) - _LISTED} more" if len(lines) > _LISTED else ""
        if lines:
            yield f"also {verb}: {'; '.join(lines[:_LISTED])}{more}"


def _grouped(effects: Sequence[Mapping[str, Any]]) -> list[str]:
    """The ports of each pair together, and the senders of which they are the same."""
    pairs: dict[tuple[str, str], list[str]] = {}
    for effect in effects:
        pairs.setdefault((effect["source"], effect["destination"]), []).append(effect["port"])
    senders: dict[tuple[str, str], list[str]] = {}
    for (source, destination), ports in pairs.items():
        text = "icmp and tcp" if {"icmp", "any other tcp port"} <= set(ports) else " ".join(ports)
        senders.setdefault((destination, text), []).append(source)
    return [f"{', '.join(sources)} -> {destination} {text}" for (destination, text), sources in senders.items()]


def _scope(compared: Mapping[str, Any]) -> str:
    few = ", one of each kind and network" if compared["destinations"] < compared["ends"] else ""
    added = f"; added as senders: {', '.join(compared['added'])}" if compared["added"] else ""
    ends = f"{compared['sources']} senders, {compared['destinations']} of {compared['ends']} destinations{few}"
    caveat = f"; {compared['caveat']}" if compared["caveat"] else ""
    return f"{compared['pairs_and_ports']} pairs and ports ({ends}{added}){caveat}"


def _without_rounds(story: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """A looping packet is printed a few times, then only counted."""
    seen: dict[tuple[str, ...], int] = {}
    skipped = 0
    for step in story:
        key = step["packet"], step["namespace"], step["event"], step["text"]
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > _ROUNDS:
            skipped += 1
            continue
        if skipped:
            yield {**step, "event": "skipped", "text": f"({skipped} such lines)", "namespace": "..."}
            skipped = 0
        yield step


def _decider(decider: Mapping[str, Any]) -> str:
    if decider["kind"] == "rule":
        return f"{decider['table']} {decider['chain']} rule {decider['number']}: {decider['text']}"
    return str(decider["text"])
