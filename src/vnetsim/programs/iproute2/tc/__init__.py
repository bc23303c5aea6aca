"""`tc`: queueing disciplines (iproute2 6.1: tc/tc.c).

Not modelled: classes, filters, chains and actions, of which there are none to be listed; `monitor`, `exec`, `-names`.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

import attrs

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Network, Process, Program, Wait
from vnetsim.programs.iproute2.ip.batch import logical_lines, split
from vnetsim.programs.iproute2.lib.arguments import CommandError, Options, Request, Words, matches, usage_text
from vnetsim.programs.iproute2.lib.namespace import switch
from vnetsim.programs.iproute2.tc import qdisc
from vnetsim.programs.iproute2.tc.kind import Style

_KERNEL_REFUSED: Final = 2
_OBJECTS: Final = ("qdisc", "class", "filter", "chain", "actions", "monitor", "exec", "help")


@attrs.frozen
class Invocation:
    """The options before the object, and what follows them."""

    process: Process
    network: Network
    words: Words
    options: Options
    style: Style
    batch_file: str | None = None


def main(process: Process) -> Program:
    try:
        it = _read(process)
        return _command(it, it.words) if it.batch_file is None else _batch(it)
    except (CommandError, KernelError, NotModelled) as error:
        return _report(process, error)


def _report(process: Process, error: CommandError | KernelError | NotModelled) -> int:
    if str(error):
        process.error(f"{error}\n")
    return error.status if isinstance(error, CommandError) else _KERNEL_REFUSED


def _read(process: Process) -> Invocation:
    words, it = Words(process.argv[1:]), Invocation(process, process.network, Words(()), Options(), Style())
    for word in words:
        if not word.startswith("-"):
            words.back()
            break
        it = _read_option(it, words, word)
    return attrs.evolve(it, words=words)


def _read_option(it: Invocation, words: Words, word: str) -> Invocation:
    keyword = next((keyword for keyword in _SWITCHES if matches(word, keyword)), None)
    if keyword in ("-stats", "-statistics"):
        return attrs.evolve(it, options=attrs.evolve(it.options, stats=it.options.stats + 1))
    if keyword in ("-details", "-raw", "-iec"):
        return attrs.evolve(it, style=attrs.evolve(it.style, **{keyword[1:]: True}))
    if keyword in ("-pretty", "-force", "-json", "-oneline", "-brief"):
        return attrs.evolve(it, options=attrs.evolve(it.options, **{keyword[1:]: True}))
    if keyword in ("-netns", "-batch", "-cf", "-conf"):
        return _read_argument(it, words, keyword)
    if keyword is None and word.partition("=")[0] == "-color":
        return attrs.evolve(it, options=attrs.evolve(it.options, color=word in ("-color", "-color=always")))
    if keyword == "-Version":
        it.process.write("tc utility, iproute2-6.1.0, libbpf 1.1.2\n")
        raise CommandError(0)
    if keyword == "-help":
        it.process.error(usage_text("tc"))
        raise CommandError(0)
    if keyword == "-names":
        raise NotModelled("tc -names")
    if keyword is None:
        raise CommandError(255, f'Option "{word}" is unknown, try "tc -help".')
    return it


#: In the order of asking; those that nothing depends on are read over.
_SWITCHES: Final = (
    "-stats", "-statistics", "-details", "-raw", "-pretty", "-graph", "-Version", "-iec", "-help", "-force", "-batch",
    "-netns", "-Numeric", "-names", "-cf", "-conf", "-timestamp", "-tshort", "-json", "-oneline", "-brief",
)  # fmt: skip


def _read_argument(it: Invocation, words: Words, keyword: str) -> Invocation:
    if keyword == "-netns":
        return attrs.evolve(it, network=switch(it.process, words.next_arg()))
    if keyword in ("-cf", "-conf"):
        words.next_arg()  # where names are, which nothing here has
        return it
    name = words.take()
    if name is None:
        it.process.error(usage_text("tc") * 2)
        raise CommandError(0)
    return attrs.evolve(it, batch_file=name)


def _command(it: Invocation, words: Words) -> Program:
    """One object and its words."""
    word = words.take()
    if word is None:
        it.process.error(usage_text("tc"))
        return 0
    name = next((name for name in _OBJECTS if matches(word, name)), None)
    if name is None:
        raise CommandError(255, f'Object "{word}" is unknown, try "tc help".')
    if name == "help":
        it.process.error(usage_text("tc"))
        return 0
    request = Request(it.process, it.network, words, it.options)
    return qdisc.main(request, it.style) if name == "qdisc" else _without(request, name)


def _without(request: Request, name: str) -> Program:
    """What cannot be made can be listed: there is none."""
    word = request.words.take()
    if name == "class" and word is not None and matches(word, "help"):
        request.process.error(usage_text("tc-class"))
        return 0
    listing = word is None or any(matches(word, keyword) for keyword in ("list", "show", "lst", "ls"))
    if name in ("monitor", "exec") or not listing:
        raise NotModelled(f"tc {name}{'' if word is None else f' {word}'}")
    request.process.write(request.printer().result())
    return 0


def _batch(it: Invocation) -> Generator[Wait, Any, int]:
    """Every command of the file; the first that fails is the last one, but with `-force`."""
    name, process, status = it.batch_file or "-", it.process, 0
    try:
        text = (yield process.stdin.read_all()) if name == "-" else _file(it, name)
    except CommandError as error:
        return _report(process, error)
    for number, line in logical_lines(text):
        words = split(line)
        if words and _run_line(it, words):
            process.error(f"Command failed {name}:{number}\n")
            status = 1
            if not it.options.force:
                break
    return status


def _run_line(it: Invocation, words: list[str]) -> int:
    try:
        result = _command(it, Words(words))
    except (CommandError, KernelError, NotModelled) as error:
        return _report(it.process, error)
    assert isinstance(result, int)
    return result


def _file(it: Invocation, name: str) -> str:
    path = name if name.startswith("/") else f"{it.process.context.environment.get('PWD', '')}/{name}"
    try:
        return it.process.files.read(path)
    except KernelError as error:
        raise CommandError(1, f'Cannot open file "{name}" for reading: {error.errno.words}') from None
