"""Builtins about variables: export, unset, readonly, local, declare, let, set, shift.

Not modelled: attributes of declare other than -a, -A, -x, -r, -i; `set -o` options that the interpreter has not.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled
from vnetsim.shell.control import FatalFault
from vnetsim.shell.quoting import double_quote, quote
from vnetsim.shell.shell import Shell
from vnetsim.shell.steps import Run
from vnetsim.shell.variables import Variable, as_array

_NAME: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_ELEMENT: Final = re.compile(r"([A-Za-z_]\w*)\[(.+)\]", re.ASCII)
_LETTERS: Final = {"a": "allexport", "e": "errexit", "E": "errtrace", "f": "noglob", "u": "nounset", "x": "xtrace"}
_OPTIONS: Final = frozenset((*_LETTERS.values(), "pipefail"))
#: Options without effect in a shell that is not interactive.
_IDLE: Final = frozenset(("monitor", "notify", "hashall", "braceexpand", "posix", "history", "vi", "emacs"))


def _bad_name(shell: Shell, builtin: str, word: str) -> int:
    if shell.state.dialect.bash:
        shell.complain(f"{builtin}: `{word}': not a valid identifier")
        return 1
    shell.complain(f"{builtin}: {word.partition('=')[0]}: bad variable name")
    raise FatalFault(2)


def export(shell: Shell, words: list[str]) -> int:
    return _declare(shell, words, exported=True)


def readonly(shell: Shell, words: list[str]) -> int:
    return _declare(shell, words, readonly=True)


def _declare(shell: Shell, words: list[str], *, exported: bool | None = None, readonly: bool = False) -> int:
    arguments = [word for word in words[1:] if word != "--"]
    if not arguments or arguments == ["-p"]:
        _list(shell, words[0], exported=bool(exported))
        return 0
    undo = arguments[0] == "-n"
    status = 0
    for word in arguments[1:] if undo else arguments:
        name, equals, value = word.partition("=")
        if not _NAME.fullmatch(name):
            status = _bad_name(shell, words[0], word)
            continue
        _mark(shell, name, value if equals else None, exported=False if undo else exported, readonly=readonly)
    return status


def _mark(shell: Shell, name: str, value: str | None, *, exported: bool | None, readonly: bool) -> None:
    old = shell.state.variables.get(name)
    if value is not None or old is None:
        if value is None and not (exported or readonly):
            return
        shell.state.set(name, value or "", exported=exported, readonly=readonly)
        return
    kept = old.exported if exported is None else exported
    shell.state.variables[name] = attrs.evolve(old, exported=kept, readonly=old.readonly or readonly)


def _list(shell: Shell, builtin: str, *, exported: bool) -> None:
    for name, variable in sorted(shell.state.variables.items()):
        if not (variable.exported if exported else variable.readonly):
            continue
        if shell.state.dialect.bash:
            shell.write(_declaration(name, variable))
        else:
            shell.write(f"{builtin} {name}='{variable.value}'\n")


def unset(shell: Shell, words: list[str]) -> int:
    arguments = words[1:]
    only, status = (arguments.pop(0) if arguments[:1] in (["-v"], ["-f"]) else ""), 0
    for name in arguments:
        if shell.state.dialect.bash and only != "-f" and (found := _ELEMENT.fullmatch(name)):
            status = max(status, _forget_element(shell, found[1], found[2]))
            continue
        if not _NAME.fullmatch(name):
            if not shell.state.dialect.bash:
                return _bad_name(shell, "unset", name)
            continue
        if only != "-f" and name in shell.state.variables:
            status = max(status, _forget(shell, name))
        elif only != "-v":
            shell.state.functions.pop(name, None)
    return status


def _forget_element(shell: Shell, name: str, subscript: str) -> int:
    array = shell.state.array(name)
    if array is None:
        return 0
    if subscript in ("@", "*") and not array.associative:
        return _forget(shell, name)
    key = subscript if array.associative else array.at(shell.expander.number(subscript))
    if key is None:
        shell.complain(f"unset: [{subscript}]: bad array subscript")
        return 1
    shell.state.set_array(name, array.without(key))
    return 0


def _forget(shell: Shell, name: str) -> int:
    if not shell.state.variables[name].readonly:
        shell.state.unset(name)
        return 0
    bash = shell.state.dialect.bash
    shell.complain(f"unset: {name}: cannot unset: readonly variable" if bash else f"unset: {name}: is read only")
    if bash:
        return 1
    raise FatalFault(2)


def local(shell: Shell, words: list[str]) -> int:
    if not shell.state.locals:
        message = "local: can only be used in a function" if shell.state.dialect.bash else "local: not in a function"
        shell.complain(message)
        if shell.state.dialect.bash:
            return 1
        raise FatalFault(2)
    if shell.state.dialect.bash and words[1:] and words[1].startswith("-"):
        return declare(shell, words)
    for word in words[1:]:
        name, equals, value = word.partition("=")
        if not _NAME.fullmatch(name):
            return _bad_name(shell, "local", word)
        shell.state.make_local(name)
        if equals:
            shell.state.set(name, value)
        elif shell.state.dialect.bash:
            # It has no value yet; in dash it keeps the one from outside.
            shell.state.unset(name)
    return 0


def declare(shell: Shell, words: list[str]) -> int:
    arguments = words[1:]
    letters = ""
    while arguments and re.fullmatch(r"-\w+", arguments[0]):
        letters += arguments.pop(0)[1:]
    if set(letters) - set("xripaA") or not arguments:
        raise NotModelled(" ".join(words))
    for word in arguments:
        name, equals, value = word.partition("=")
        if not _NAME.fullmatch(name):
            return _bad_name(shell, words[0], word)
        if "p" in letters:
            return _describe(shell, words[0], name)
        if shell.state.locals:
            shell.state.make_local(name)
        if letters.lower().count("a"):
            _make_array(shell, name, associative="A" in letters)
        if "i" in letters:
            shell.state.integers |= {name}
            value = str(shell.expander.number(value))
        _mark(
            shell, name, value if equals else None, exported=True if "x" in letters else None, readonly="r" in letters
        )
    return 0


def _make_array(shell: Shell, name: str, *, associative: bool) -> None:
    old = shell.state.variables.get(name)
    shell.state.set_array(name, as_array(old, associative=associative))


def _declaration(name: str, variable: Variable) -> str:
    if variable.array is None:
        value = double_quote(variable.value)
    else:
        space = " " * variable.array.associative
        items = [f"[{_shown_key(key)}]={double_quote(text)}" for key, text in variable.array.items.items()]
        value = "(" + " ".join(items) + space * bool(items) + ")"
    given = variable.array is None or variable.array.given
    return f"declare -{variable.letters or '-'} {name}" + f"={value}" * given + "\n"


def _shown_key(key: int | str) -> str:
    return str(key) if re.fullmatch(r"[\w./:%+,@-]+", str(key)) else double_quote(str(key))


def _describe(shell: Shell, builtin: str, name: str) -> int:
    variable = shell.state.variables.get(name)
    if variable is None:
        shell.complain(f"{builtin}: {name}: not found")
        return 1
    shell.write(_declaration(name, variable))
    return 0


def let(shell: Shell, words: list[str]) -> int:
    if len(words) == 1:
        shell.complain("let: expression expected")
        return 1
    value = 0
    for expression in words[1:]:
        value = shell.expander.number(expression)
    return int(value == 0)


def shift(shell: Shell, words: list[str]) -> int:
    count = int(words[1]) if len(words) > 1 and is_digits(words[1]) else 1
    if count > len(shell.state.parameters):
        if shell.state.dialect.bash:
            return 1
        shell.complain("shift: can't shift that many")
        raise FatalFault(2)
    del shell.state.parameters[:count]
    return 0


def set_options(shell: Shell, words: list[str]) -> Run:
    yield from ()
    arguments = words[1:]
    if not arguments:
        for name, variable in sorted(shell.state.variables.items()):
            shell.write(f"{name}={quote(variable.value)}\n")
        return 0
    while arguments and re.fullmatch(r"[-+]\w+", arguments[0]):
        word = arguments.pop(0)
        for letter in word[1:]:
            name = arguments.pop(0) if letter == "o" and arguments else _LETTERS.get(letter, letter)
            _set_option(shell, name, on=word[0] == "-")
    if arguments[:1] == ["--"]:
        shell.state.parameters = arguments[1:]
    elif arguments:
        shell.state.parameters = arguments
    return 0


def _set_option(shell: Shell, name: str, *, on: bool) -> None:
    if not shell.state.dialect.bash and name == "pipefail":
        shell.complain(f"set: Illegal option -o {name}")
        raise FatalFault(2)
    if name in _OPTIONS:
        shell.state.options[name] = on
    elif name not in _IDLE and name not in "mbhBHo":
        raise NotModelled(f"the shell's option {name}")
