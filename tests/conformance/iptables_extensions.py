"""iptables' own tests of its extensions (extensions/*.t of its sources), played on the simulator.

    python -m tests.conformance.iptables_extensions DIR [-v] [NAME...]

DIR has the files; none of them is part of vnetsim.  They are read and counted as iptables-test.py does with the
nf_tables tools: a line is one test, which passes if for each chain its rule is accepted or refused as it says, and
an accepted one is saved as it says and can be deleted.  Files of libxt_ are played twice, with iptables and ip6tables.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import attrs

from vnetsim import Lab
from vnetsim.values import frozen

_PROGRAMS = {
    "libxt": ("iptables", "ip6tables"), "libipt": ("iptables",), "libip6t": ("ip6tables",), "libarpt": ("arptables",),
    "libebt": ("ebtables",),
}  # fmt: skip
#: What a test expects of the other variant than the one that it names.
_INVERSE = {"OK": "FAIL", "FAIL": "OK", "NOMATCH": "OK"}


@frozen
class Line:
    """A test: the rule, what iptables-save has of it, and OK, FAIL or NOMATCH."""

    number: int
    table: str
    chains: tuple[str, ...]
    rule: str
    saved: str
    expected: str


def lines(text: str) -> Iterator[Line | str]:
    """The tests of a file, and the commands between them."""
    table, chains = "", tuple[str, ...]()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line[0] == ":":
            chains = tuple(line[1:].split(","))
        elif line[0] == "*":
            table = line[1:].strip()
        elif line[0] in "@%":
            yield line[1:]
        else:
            yield _test(number, table, chains, line)


def _test(number: int, table: str, chains: tuple[str, ...], line: str) -> Line:
    rule, saved, expected, *variant = line.split(";")
    if variant and variant[0].strip() == "LEGACY":
        expected = variant[1] if len(variant) > 1 else _INVERSE[expected.strip()]
    return Line(number, table, chains, rule, rule if saved == "=" else saved, expected.strip())


@attrs.define
class Score:
    """`wrong` are tests that are refused or saved wrongly, with what was said."""

    passed: int = 0
    tests: int = 0
    wrong: list[str] = attrs.field(factory=list)


def play(name: str, text: str) -> Score:
    """One file, in a fresh machine for each program."""
    score = Score()
    for program in _PROGRAMS.get(name.split("_", maxsplit=1)[0], ("iptables",)):
        lab = Lab(docker=False)
        for line in lines(text):
            if isinstance(line, str):
                lab.run(line)
                continue
            score.tests += 1
            problem = next(filter(None, (_problem(lab, program, line, chain) for chain in line.chains)), None)
            if problem is None:
                score.passed += 1
            else:
                score.wrong.append(f"{name}:{line.number} {program} {line.rule} -> {problem}")
    return score


def _problem(lab: Lab, program: str, line: Line, chain: str) -> str | None:
    """run_test: what is wrong with a rule in a chain."""
    rule = " ".join(filter(None, (chain, line.table and f"-t {line.table}", line.rule)))
    added = lab.run(f"{program} -A {rule}")
    if added.exit_code:
        unmodelled = "not modelled" in added.output or "internal" in added.output
        return None if line.expected == "FAIL" and not unmodelled else f"refused: {added.output.strip()}"
    saved = f"\n-A {chain} {line.saved}" + (" -j CONTINUE" if program == "ebtables" and "-j" not in line.saved else "")
    listed = lab.run(f"{program}-save").stdout
    deleted = lab.run(f"{program} -D {rule}")
    if line.expected == "FAIL":
        return "accepted"
    if (saved + "\n" in listed) != (line.expected == "OK"):
        return "saved: " + " | ".join(row for row in listed.splitlines() if row.startswith("-A"))
    return f"not deleted: {deleted.output.strip()}" if deleted.exit_code else None


def main(directory: Path, names: list[str], *, verbose: bool) -> None:
    total = Score()
    for path in sorted(directory.glob("*.t")):
        if names and path.stem not in names:
            continue
        score = play(path.stem, path.read_text("utf-8"))
        total.passed, total.tests = total.passed + score.passed, total.tests + score.tests
        print(f"{path.stem}: {score.passed} of {score.tests}")
        for wrong in score.wrong if verbose else ():
            print("   ", wrong)
    print(f"{total.passed} of {total.tests} tests pass")


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "-v"]
    main(Path(arguments[0]), arguments[1:], verbose="-v" in sys.argv)
