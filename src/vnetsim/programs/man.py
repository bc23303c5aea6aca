"""man (man-db 2.11.2), whose pages are vnetsim's own: what is modelled of each program, from its code and its usage.

A page has the description of the program's module, the options that its table reads, takes without effect or refuses,
and its usage.  At a terminal it is shown as by `less`.  Any number of a section has all pages; `ip-link` and its like
have the usage of that object.
Not modelled: the pages of a real system, -k, -f and all other options.
"""

from __future__ import annotations

import inspect
from contextlib import suppress
from types import ModuleType
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.process import Coroutine, Process
from vnetsim.programs import registry
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import Options, effects_of
from vnetsim.programs.resources import resource
from vnetsim.programs.screen.pager import PagedText, Pager, PagerOptions
from vnetsim.programs.screen.window import Window, terminal_to_draw_on

_NOTHING_ASKED: Final = "What manual page do you want?\nFor example, try 'man man'.\n"
_NOTHING_IN_SECTION: Final = (
    "No manual entry for {0}\n(Alternatively, what manual page do you want from section {0}?)\n"
    "For example, try 'man man'.\n"
)
#: Programs whose arguments are read by tables of another kind.
_ITS_OWN_HELP: Final = {
    "docker": "docker --help, docker COMMAND --help", "nft": "nft --help", "iptables": "iptables --help",
}  # fmt: skip
_INDENT: Final = " " * 7


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    """The exit status is 16 if a page is missing."""
    words = list(process.argv[1:])
    if words[:1] and words[0].startswith("-"):
        raise NotModelled(f"man {words[0]}")
    section = words.pop(0) if words and words[0].isdigit() and len(words[0]) == 1 else ""
    if not words:
        raise Exit(1, stderr=_NOTHING_IN_SECTION.format(section) if section else _NOTHING_ASKED)
    pages, missing = [], False
    for name in words:
        text = page(process, name)
        if text is None:
            process.error(f"No manual entry for {name}" + f" in section {section}" * bool(section) + "\n")
            missing = True
        else:
            pages.append(PagedText(name, text))
    terminal = terminal_to_draw_on(process)
    if terminal is None or not pages:
        process.write("".join(each.text for each in pages))
    else:
        yield from Pager(Window(process, terminal), pages, PagerOptions()).run()
    return 16 if missing else 0


def page(process: Process, name: str) -> str | None:
    """What is modelled of a program; None if there is none of that name."""
    program = name if registry.is_modelled(name) else name.partition("-")[0]
    if not registry.is_modelled(program):
        if registry.find(name) is None:
            return None
        return _titled(name, [("NAME", f"{name} - is not modelled: it prints that, and its exit status is 127\n")])
    module = registry.module(program)
    usage = _usage(process, module, name)
    if program != name and not usage:
        return None
    description = inspect.cleandoc(module.__doc__ or "no description") + "\n"
    sections = [("NAME", f"{name} - what vnetsim models of it\n"), ("DESCRIPTION", description)]
    if options := _options(module):
        sections.append(("OPTIONS", options))
    if usage:
        sections.append(("USAGE OF THE REAL PROGRAM", usage))
    if program in _ITS_OWN_HELP:
        sections.append(("SEE ALSO", f"{_ITS_OWN_HELP[program]}\n"))
    return _titled(name, sections)


def _titled(name: str, sections: list[tuple[str, str]]) -> str:
    title = f"{name.upper()}(8)"
    head = f"{title}{'vnetsim':^{80 - 2 * len(title)}}{title}\n"
    return head + "".join(f"\n{heading}\n{_indented(text)}" for heading, text in sections)


def _indented(text: str) -> str:
    return "".join(_INDENT + line + "\n" if line else "\n" for line in text.rstrip("\n").split("\n"))


def _usage(process: Process, module: ModuleType, name: str) -> str:
    """The text of the package that is named after the program."""
    package = module.__name__.removeprefix("vnetsim.programs.").split(".")
    for directory in (package[0], ""):
        for text in (name, f"{name}.{process.context.release}"):
            with suppress(KeyError, OSError):
                return resource(directory, text).replace("%%\n", "")
    return ""


def _options(module: ModuleType) -> str:
    """The options by what they do, from the tables that read them."""
    tables = [
        value for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Options) and value.__module__.startswith(module.__name__)
    ]  # fmt: skip
    found: dict[str, list[str]] = {}
    for table in tables:
        for names, effect in effects_of(table):
            found.setdefault(effect, []).append(names)
    return "".join(f"{effect}:\n{_filled(names)}" for effect, names in found.items())


def _filled(names: list[str]) -> str:
    """Names in lines of 60 columns."""
    lines = [""]
    for name in dict.fromkeys(names):
        if len(lines[-1]) + len(name) > 60:
            lines.append("")
        lines[-1] += f"  {name}"
    return "".join(f"{line}\n" for line in lines)
