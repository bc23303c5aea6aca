"""Lists as docker prints them (docker/cli, package formatter): tables with headers, JSON lines, a template a row.

Columns are aligned as Go's text/tabwriter aligns them: at least ten wide, three spaces between.
Not modelled: formats from the client's configuration file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Generic, TypeVar

from vnetsim.errors import NotModelled
from vnetsim.programs.docker.cobra import CommandError
from vnetsim.programs.docker.go.encode import quote
from vnetsim.programs.docker.go.functions import Argument
from vnetsim.programs.docker.go.parse import TemplateError
from vnetsim.programs.docker.go.values import (
    ANY,
    STRING,
    GoKind,
    GoMethod,
    GoType,
    GoValue,
    interface,
    string,
)
from vnetsim.programs.docker.templates import header_template, template
from vnetsim.values import frozen

Row = TypeVar("Row")

_MINIMUM: Final = 10
_PADDING: Final = 3


def aligned(text: str, minimum: int = _MINIMUM, padding: int = _PADDING) -> str:
    """text/tabwriter: cells end with a tab; neighbouring lines that have a cell form a column of one width."""
    lines = [line.split("\t") for line in text.split("\n")]
    widths: list[dict[int, int]] = [{} for _ in lines]
    for start in range(len(lines)):
        for column in range(len(lines[start]) - 1):
            if column not in widths[start]:
                _measure(lines, widths, start, column, minimum, padding)
    return "\n".join(
        "".join(cell.ljust(width[column]) for column, cell in enumerate(line[:-1])) + line[-1]
        for line, width in zip(lines, widths, strict=True)
    )


def _measure(
    lines: Sequence[Sequence[str]], widths: list[dict[int, int]], start: int, column: int, minimum: int, padding: int
) -> None:
    end = start
    while end < len(lines) and column < len(lines[end]) - 1:
        end += 1
    width = max(max(len(lines[row][column]) for row in range(start, end)) + padding, minimum)
    for row in range(start, end):
        widths[row][column] = width


@frozen(eq=False)
class Column(Generic[Row]):
    """What `.Name` of a row's template gives, and its header; a text of None prints `<nil>`."""

    header: str
    text: Callable[[Row], str | None]


@frozen(eq=False)
class Listing(Generic[Row]):
    """How rows of one kind are printed.  `type_name` is the Go type in errors.

    `table` is the default format, `raw` the one called so, `quiet` what -q prints, `labels` serves `.Label "key"`.
    """

    type_name: str
    columns: Mapping[str, Column[Row]]
    table: str
    quiet: str = "{{.ID}}"
    raw: str = ""
    raw_quiet: str = ""
    labels: Callable[[Row], Mapping[str, str]] | None = None

    def render(self, rows: Sequence[Row], form: str, *, quiet: bool = False) -> str:
        """The printed rows; CommandError for an invalid template."""
        source = self._source(form, quiet=quiet)
        is_table = source.startswith("table")
        body = source.removeprefix("table").strip(" ").replace("\\t", "\t").replace("\\n", "\n")
        if form == "json" and not quiet:
            return "".join(f"{self._json(row)}\n" for row in rows)
        text = self._rows(rows, body)
        if not is_table:
            return text
        return aligned(f"{self._header(body)}\n{text}")

    def _source(self, form: str, *, quiet: bool) -> str:
        if form == "raw" and self.raw:
            return self.raw_quiet if quiet else self.raw
        if form in ("", "table"):
            return self.quiet if quiet else f"table {self.table}"
        return form

    def _rows(self, rows: Sequence[Row], body: str) -> str:
        try:
            parsed = template(body)
            return "".join(f"{parsed.execute(self.value(row))}\n" for row in rows)
        except TemplateError as error:
            raise CommandError(f"template parsing error: {error}") from None

    def value(self, row: Row) -> GoValue:
        """A row as templates see it."""
        return GoValue(self._type(), row)

    def _type(self) -> GoType:
        methods = {name: GoMethod(_getter(column.text)) for name, column in self.columns.items()}
        if self.labels is not None:
            methods["Label"] = GoMethod(_label_getter(self.labels), (STRING,))
        # {{json .}} of a row is all its methods without parameters.
        return GoType(GoKind.STRUCT, self.type_name, methods=methods, text=_whole_row, json=self._json)

    def _json(self, row: Row) -> str:
        members = (f"{quote(name)}:{_json_text(self.columns[name].text(row))}" for name in sorted(self.columns))
        return "{" + ",".join(members) + "}"

    def _header(self, body: str) -> str:
        headers = {name: interface(string(column.header)) for name, column in self.columns.items()}
        kind = GoType(
            GoKind.MAP,
            "formatter.SubHeaderContext",
            element=ANY,
            key=STRING,
            methods={"Label": GoMethod(lambda _headers, name: string(_label_header(name)), (STRING,))},
        )
        try:
            return header_template(body).execute(GoValue(kind, headers))
        except TemplateError:
            return ""


def _whole_row(_row: object) -> str:
    raise NotModelled("{{.}} in a template for rows")


def _json_text(text: str | None) -> str:
    return "null" if text is None else quote(text)


def _getter(text: Callable[[Row], str | None]) -> Callable[..., GoValue]:
    def get(row: Row) -> GoValue:
        found = text(row)
        return GoValue(_POINTER, None) if found is None else string(found)

    return get


#: A nil pointer, for a column without a value (`.Platform`).
_POINTER: Final = GoType(GoKind.POINTER, "*v1.Platform", element=GoType(GoKind.STRUCT, "v1.Platform"))


def _label_getter(labels: Callable[[Row], Mapping[str, str]]) -> Callable[..., GoValue]:
    return lambda row, name: string(labels(row).get(str(name.data), ""))


def _label_header(name: Argument) -> str:
    """`com.docker.app-name` is headed `app name`."""
    label = str(name.data) if name is not None else ""
    return label.rpartition(".")[2].replace("-", " ").replace("_", " ")


def label_text(labels: Mapping[str, str] | None) -> str:
    """`{{.Labels}}`."""
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items()))


def ellipsis(text: str, width: int) -> str:
    """At most `width` characters, the last one `…` if the text is cut."""
    return text if len(text) <= width else text[: width - 1] + "…"


def short_id(identity: str) -> str:
    """Twelve digits, without the name of the hash."""
    return identity.partition(":")[2][:12] if ":" in identity else identity[:12]
