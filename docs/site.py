"""Pages of the documentation site that are not in docs/: MkDocs runs this as a hook (mkdocs.yml).

README, CONTRIBUTING and CHANGELOG stand at the top of the repository, lessons in scenarios/ and lessons/, questions
in tests/; the reference is made from click, from the registry of programs and from docstrings.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from vnetsim.cli import main
from vnetsim.programs import registry

ROOT: Final = Path(__file__).parent.parent
SOURCES: Final = ROOT / "src" / "vnetsim"
OPERATIONS: Final = SOURCES / "operations"
QUESTIONS: Final = "tests/reach/questions"

#: Files of the repository that are pages of the site, and where.
PAGES: Final = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    **{f"scenarios/{path.name}": f"lessons/{path.name}" for path in sorted((ROOT / "scenarios").glob("*.md"))},
    **{f"lessons/{path.name}": f"tasks/{path.name}" for path in sorted((ROOT / "lessons").glob("*.md"))},
    **{f"{QUESTIONS}/{path.name}": f"questions/{path.name}" for path in sorted((ROOT / QUESTIONS).glob("*.md"))},
    **{f"docs/{path.name}": path.name for path in sorted((ROOT / "docs").glob("*.md"))},
    "scenarios/": "lessons/index.md",
}
#: The Python API by page: title, classes and modules.  A class is found by its name, wherever it is defined.
API: Final = {
    "lab": ("Labs and results", "Lab Result Budget errors"),
    "operations": ("Operations", " ".join(sorted(f"operations.{path.stem}" for path in OPERATIONS.glob("[a-z]*.py")))),
    "observations": ("Observations", "observations"),
    "trace": ("Traces", "trace dropreason"),
    "reach": ("Questions", "Reaches Matrix Policy PolicyReport Exploration"),
    "strategies": ("Strategies", "strategies"),
    "pytest_plugin": ("pytest plugin", "pytest_plugin"),
}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Fill the empty lists of the navigation."""
    lists: dict[str, list[Any]] = {
        "Lessons": ["lessons/index.md", *(page for page in PAGES.values() if re.match(r"lessons/\d", page))],
        "Lessons with tasks": [page for page in PAGES.values() if page.startswith("tasks/")],
        "Programs": ["reference/programs/index.md", *({name: f"reference/programs/{name}.md"} for name in packages())],
        "Python API": [{title: f"reference/python/{name}.md"} for name, (title, _) in API.items()],
    }
    _fill(config.nav or [], lists)
    return config


def _fill(nav: list[Any], lists: dict[str, list[Any]]) -> None:
    for entry in nav:
        if isinstance(entry, dict):
            ((title, below),) = entry.items()
            entry[title] = lists.get(title, below)
            if isinstance(below, list):
                _fill(below, lists)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for source, page in PAGES.items():
        if source.endswith(".md") and not source.startswith("docs/"):
            files.append(File.generated(config, page, content=(ROOT / source).read_text("utf-8")))
    for page, text in generated():
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links as they are in the repository lead to pages of the site; to what is no page, they lead nowhere."""
    place = page.file.src_uri
    source = next((source for source, target in PAGES.items() if target == place), place)
    return _LINK.sub(lambda link: _link(link, posixpath.dirname(source), posixpath.dirname(place)), markdown)


_LINK: Final = re.compile(r"(?<!!)\[([^\]]*)\]\((?!https?:|#)([^)#\s]+)(#[^)\s]*)?\)")


def _link(link: re.Match[str], source: str, place: str) -> str:
    text, target, anchor = link.groups()
    page = PAGES.get(posixpath.normpath(posixpath.join(source, target)) + "/" * target.endswith("/"))
    if page is not None:
        return f"[{text}]({posixpath.relpath(page, place or '.')}{anchor or ''})"
    return link[0] if source.startswith("reference") else text


def generated() -> Iterator[tuple[str, str]]:
    """Pages that are made: path, text."""
    yield "lessons/index.md", _lessons()
    yield "reference/commands.md", "# Commands\n\n" + "\n".join(_commands(main, "vnetsim"))
    yield "reference/programs/index.md", _programs()
    for package, programs in packages().items():
        yield f"reference/programs/{package}.md", _package(package, programs)
    for name, (title, modules) in API.items():
        blocks = "".join(f"::: vnetsim.{_place(module)}\n\n" for module in modules.split())
        yield f"reference/python/{name}.md", f"# {title}\n\n{blocks}"


def _place(name: str) -> str:
    """The module with that name, or the class with the name of its module in front."""
    if not name[0].isupper():
        return name
    definition = re.compile(rf"^class {name}\b", re.MULTILINE)
    (path,) = [path for path in sorted(SOURCES.rglob("*.py")) if definition.search(path.read_text("utf-8"))]
    parts = path.relative_to(SOURCES).with_suffix("").parts
    return ".".join((*(part for part in parts if part != "__init__"), name))


def _lessons() -> str:
    lines = ["# Lessons", "", "`vnetsim tutorial` plays these sessions; each starts on a machine of its own.", ""]
    for source in sorted((ROOT / "scenarios").glob("*.md")):
        lines.append(f"1. [{source.read_text('utf-8').partition(chr(10))[0].lstrip('# ')}]({source.name})")
    return "\n".join(lines)


def _commands(command: click.Command, name: str) -> Iterator[str]:
    """What `--help` prints, of a command and of those below it."""
    context = click.Context(command, info_name=name, terminal_width=100, max_content_width=100)
    yield from (f"## {name}", "", "```text", f"$ {name} --help", command.get_help(context), "```", "")
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            assert found is not None
            yield from _commands(found, f"{name} {below}")


def packages() -> dict[str, dict[str, list[str]]]:
    """Packages of programs: the modules in them, and the names under which each runs."""
    found: dict[str, dict[str, list[str]]] = {}
    for name in registry.names():
        module = registry.module_of(name)
        package = module.removeprefix("vnetsim.").removeprefix("programs.").partition(".")[0]
        found.setdefault(package, {}).setdefault(module, []).append(name)
    return dict(sorted(found.items()))


def _programs() -> str:
    lines = [
        "# Programs",
        "",
        "What a simulated machine runs. A program, or an option of one, that Linux has and vnetsim has not says",
        "`vnetsim: not modelled: …` and ends with a non-zero exit status.",
        "",
        "| package | programs |",
        "| --- | --- |",
    ]
    for package, modules in packages().items():
        names = ", ".join(f"`{name}`" for names in modules.values() for name in names)
        lines.append(f"| [{package}]({package}.md) | {names} |")
    return "\n".join(lines)


def _package(package: str, modules: dict[str, list[str]]) -> str:
    """A package's programs: what each is, and what it leaves out, as the docstrings of its modules say."""
    lines = [f"# {package}", ""]
    for module, names in modules.items():
        path = ROOT / "src" / Path(*module.split("."))
        lines += [f"## {', '.join(names)}", ""]
        if not path.is_dir():
            lines += [_docstring(path.with_suffix(".py")), ""]
            continue
        lines += [_docstring(path / "__init__.py"), ""]
        parts = [part for part in sorted(path.rglob("*.py")) if part != path / "__init__.py"]
        details = [(part, _left_out(part)) for part in parts]
        if any(text for _, text in details):
            lines += ["Not modelled, module by module:", ""]
            lines += [f"- {_first_words(part)}: {text}" for part, text in details if text]
            lines.append("")
    return "\n".join(lines)


def _left_out(path: Path) -> str:
    """What a module's docstring says from `Not modelled` on, in one line."""
    found = re.search(r"Not modelled:?\s+(.*?)(?:\n\n|\Z)", _docstring(path), re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def _first_words(path: Path) -> str:
    """What a module is about: its docstring up to the first colon, bracket or full stop."""
    return re.split(r"[:(.]\s| \(", " ".join(_docstring(path).split()), maxsplit=1)[0].rstrip(".")


def _docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
