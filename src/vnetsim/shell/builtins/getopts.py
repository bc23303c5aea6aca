"""getopts: the options of a script, one at a time (POSIX.1-2017, XCU getopts)."""

from __future__ import annotations

from vnetsim.digits import is_digits
from vnetsim.shell.shell import Shell


def getopts(shell: Shell, words: list[str]) -> int:
    """0 while there is an option; OPTIND, OPTARG and the variable tell which."""
    state = shell.state
    if len(words) < 3:
        return _misused(shell)
    letters, name = words[1], words[2]
    arguments = words[3:] or state.parameters
    number, offset = _cursor(shell)
    word = arguments[number - 1] if number <= len(arguments) else ""
    offset = offset if offset < len(word) else 1  # the arguments have changed
    if offset == 1 and (len(word) < 2 or word[0] != "-" or word == "--"):
        state.set("OPTIND", str(number + (word == "--")))
        state.set(name, "?")
        state.unset("OPTARG")
        return 1
    letter, value = word[offset], None if state.dialect.bash else ""
    number, offset = (number + 1, 1) if offset + 1 == len(word) else (number, offset + 1)
    silent = letters.startswith(":")
    wants = letters.lstrip(":").partition(letter)
    if letter == ":" or not wants[1]:
        value = _refused(shell, letter, "illegal option", silent=silent)
        letter = "?"
    elif wants[2].startswith(":"):
        value, number = _argument(arguments, number, word[offset:] if offset > 1 else None)
        offset = 1
        if value is None:
            value = _refused(shell, letter, "option requires an argument", silent=silent)
            letter = ":" if silent else "?"
    state.set(name, letter)
    state.unset("OPTARG")
    if value is not None:
        state.set("OPTARG", value)
    # dash counts an argument from its first option.
    optind = str(number + (offset > 1 and not state.dialect.bash))
    state.set("OPTIND", optind)
    state.getopts_cursor = (optind, number, offset)
    return 0


def _cursor(shell: Shell) -> tuple[int, int]:
    """The index of the argument, and the offset of the letter in it; an assignment to OPTIND restarts."""
    optind = shell.state.get("OPTIND") or "1"
    left, number, offset = shell.state.getopts_cursor
    if optind == left:
        return number, offset
    return (int(optind) if is_digits(optind) and int(optind) > 0 else 1), 1


def _argument(arguments: list[str], number: int, rest: str | None) -> tuple[str | None, int]:
    """The argument of an option: the rest of its own argument, or the next one."""
    if rest is not None:
        return rest, number + 1
    if number <= len(arguments):
        return arguments[number - 1], number + 1
    return None, number


def _refused(shell: Shell, letter: str, words: str, *, silent: bool) -> str | None:
    """OPTARG for an unknown option, or one without its argument."""
    if silent:
        return letter
    if not shell.state.dialect.bash:
        shell.tell(f"Illegal option -{letter}\n" if words.startswith("ill") else f"No arg for -{letter} option\n")
    elif shell.state.get("OPTERR") != "0":
        shell.tell(f"{shell.state.name}: {words} -- {letter}\n")
    return None


def _misused(shell: Shell) -> int:
    if shell.state.dialect.bash:
        shell.tell("getopts: usage: getopts optstring name [arg ...]\n")
        return 2
    shell.complain("getopts: Usage: getopts optstring var [arg...]")
    return 2
