"""For mkdocstrings: the attributes of a class are a table in its docstring, with the comments above them (`#: ...`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import griffe


class Comments(griffe.Extension):
    def on_class(self, *, cls: Any, **_: Any) -> None:
        """Of public attributes; those with neither a type nor a comment are left out."""
        rows = []
        for attribute in [member for member in cls.members.values() if member.is_attribute]:
            if "property" in attribute.labels:
                continue
            comment = _comment(attribute)
            if (attribute.annotation or comment) and not attribute.name.startswith("_"):
                kind = f"`{attribute.annotation}`".replace("|", "\\|") if attribute.annotation else ""
                rows.append(f"| `{attribute.name}` | {kind} | {comment} |")
            cls.del_member(attribute.name)
        if rows:
            text = cls.docstring.value if cls.docstring is not None else ""
            table = "\n".join(["| attribute | type | |", "| --- | --- | --- |", *rows])
            cls.docstring = griffe.Docstring(f"{text}\n\n{table}", parent=cls)

    def on_attribute(self, *, attr: Any, **_: Any) -> None:
        """Of a module."""
        comment = _comment(attr)
        if attr.docstring is None and comment:
            attr.docstring = griffe.Docstring(comment, parent=attr)


def _comment(attribute: Any) -> str:
    if not isinstance(attribute.filepath, Path) or attribute.lineno is None:
        return ""
    lines = attribute.filepath.read_text("utf-8").splitlines()[: attribute.lineno - 1]
    comment: list[str] = []
    while lines and lines[-1].lstrip().startswith("#:"):
        comment.insert(0, lines.pop().lstrip()[2:].strip())
    return " ".join(comment).replace("|", "\\|")
