"""`docker history` (docker/cli, command/image/history.go, formatter/history.go)."""

from __future__ import annotations

from typing import Any, Final

from vnetsim.docker.gotypes import human_duration
from vnetsim.process import Program
from vnetsim.programs.docker.cobra import ParsedFlags
from vnetsim.programs.docker.formatter import Column, Listing, ellipsis, short_id
from vnetsim.programs.docker.go.times import SECOND, human_size, rfc3339
from vnetsim.programs.docker.session import DockerSession
from vnetsim.values import frozen

Json = dict[str, Any]
_WIDTH: Final = 45


@frozen(eq=False)
class HistoryRow:
    """A step, as it is printed."""

    step: Json
    human: bool
    short: bool
    now: int

    def id(self) -> str:
        identity: str = self.step["Id"]
        return short_id(identity) if self.short else identity

    def created_at(self) -> str:
        created: int = self.step["Created"]
        return rfc3339(created * SECOND)

    def created_since(self) -> str:
        if not self.human:
            return self.created_at()
        created: int = self.step["Created"]
        return f"{human_duration(self.now - created * SECOND)} ago" if created > 0 else "N/A"

    def created_by(self) -> str:
        text = self.step["CreatedBy"].replace("\t", " ")
        return ellipsis(text, _WIDTH) if self.short else text

    def size(self) -> str:
        size: int = self.step["Size"]
        return human_size(size, 3) if self.human else str(size)


def _listing(*, human: bool) -> Listing[HistoryRow]:
    created = "CREATED" if human else "CREATED AT"
    return Listing(
        type_name="*formatter.historyContext",
        columns={
            "ID": Column("IMAGE", HistoryRow.id),
            "CreatedSince": Column("CREATED", HistoryRow.created_since),
            "CreatedAt": Column("CREATED AT", HistoryRow.created_at),
            "CreatedBy": Column("CREATED BY", HistoryRow.created_by),
            "Size": Column("SIZE", HistoryRow.size),
            "Comment": Column("COMMENT", lambda row: str(row.step["Comment"])),
        },
        table=f"{{{{.ID}}}}\t{{{{.{'CreatedSince' if created == 'CREATED' else 'CreatedAt'}}}}}\t{{{{.CreatedBy}}}}"
        "\t{{.Size}}\t{{.Comment}}",
    )


def run(session: DockerSession, options: ParsedFlags) -> Program:
    steps = session.engine.image_history(options.arguments[0])
    human, short = options.switch("human"), not options.switch("no-trunc")
    now = session.process.machine.wall_clock()
    rows = [HistoryRow(step, human, short, now) for step in steps]
    session.process.write(_listing(human=human).render(rows, options.text("format"), quiet=options.switch("quiet")))
    return 0
