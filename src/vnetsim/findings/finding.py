"""A finding: what is wrong, in which line, the evidence, and a change of the file."""

from __future__ import annotations

from typing import Any, Final

from vnetsim.values import frozen

#: By the identifier of a finding: its level (of SARIF) and what the rule is.
RULES: Final = {
    "no-such-name": ("error", "A service uses a name that its resolver does not know."),
    "no-shared-network": ("error", "A service uses the name of another one with which it shares no network."),
    "loopback-of-itself": ("error", "A service uses its own loopback address for a port at which another one listens."),
    "published-port-inside": ("error", "A service uses the published port of another one, not the container's port."),
    "nothing-listens": ("error", "A service uses a port at which the other one does not listen."),
    "quoted-value": ("error", "Quotes in a list of variables are a part of the value."),
    "nothing-published": ("error", "A port is published at which the container does not listen."),
    "port-discarded": ("error", "A port is not published: the networks of the container are internal, or the host's."),
    "not-delivered": ("error", "A packet to an address that a service uses is not delivered."),
    "no-host-gateway": ("warning", "Docker Engine resolves host.docker.internal only if extra_hosts sets it."),
    "data-store-open": ("warning", "A port of a data store is published on addresses that other machines reach."),
    "publication-unneeded": ("note", "A port is published on all addresses, and used by services of the file."),
}  # fmt: skip


@frozen(kw_only=True)
class FileChange:
    """A change of the file, as the lines of a unified diff; `text` is what it does."""

    text: str
    diff: tuple[str, ...]


@frozen(kw_only=True)
class ComposeFinding:
    """`rule` is a key of RULES, `service` the one that the line belongs to; `line` counts from 1."""

    rule: str
    service: str
    file: str
    line: int
    text: str
    evidence: tuple[str, ...] = ()
    change: FileChange | None = None

    @property
    def level(self) -> str:
        """`error`, `warning` or `note`."""
        return RULES[self.rule][0]

    @property
    def location(self) -> str:
        return f"{self.file}:{self.line}"

    def json(self) -> dict[str, Any]:
        """Plain values, in a stable shape."""
        change = self.change
        return {
            "rule": self.rule,
            "level": self.level,
            "service": self.service,
            "file": self.file,
            "line": self.line,
            "text": self.text,
            "evidence": list(self.evidence),
            "change": None if change is None else {"text": change.text, "diff": list(change.diff)},
        }


@frozen(kw_only=True)
class Examination:
    """All findings, by location; `unknown` are addresses without an answer, and why, `assumptions` those of the lab."""

    scenario: str
    findings: tuple[ComposeFinding, ...]
    #: How many addresses that services use were tried.
    tried: int = 0
    unknown: tuple[str, ...] = ()
    allow_unknown: bool = False
    assumptions: tuple[str, ...] = ()

    @property
    def exit_status(self) -> int:
        """1 if there is an error or a warning, else 2 if an address has no answer, else 0: notes stop nothing."""
        if any(each.level != "note" for each in self.findings):
            return 1
        return 2 if self.is_incomplete else 0

    @property
    def is_incomplete(self) -> bool:
        """Whether there are addresses without an answer, which --allow-unknown did not accept."""
        return bool(self.unknown) and not self.allow_unknown
