"""Compound commands: if, case, loops, `[[`, `((` (POSIX.1-2017, XCU 2.9.4; bash(1), Compound Commands)."""

from __future__ import annotations

import functools
from abc import abstractmethod
from collections.abc import Callable
from typing import Final

from vnetsim.clock import MILLISECOND
from vnetsim.shell import ast
from vnetsim.shell.conditions import holds
from vnetsim.shell.control import BreakLoop, ContinueLoop
from vnetsim.shell.pattern import matches
from vnetsim.shell.shell import Shell
from vnetsim.shell.steps import Run, Steps

#: The time of one iteration of a loop, so that other processes run during a loop of builtins.
TURN_NS: Final = MILLISECOND
#: After so many iterations of one shell each one takes longer, so that an endless loop reaches the time limit of its
#: command after some seconds of the wall clock.
_TURNS: Final = 50_000
_LATE_TURN_NS: Final = 50 * MILLISECOND


class CompoundCommands(Shell):
    """A shell that runs compound commands."""

    #: Iterations of all its loops so far.
    turns = 0

    @abstractmethod
    def script(self, script: ast.Script, *, final: bool = False, checked: bool = False) -> Run:
        """Run a list; `checked`: the status is tested, so that `set -e` does not apply."""

    def tested(self, run: Callable[[], Run]) -> Run:
        """Run a command whose status is tested."""
        with self.outcomes.testing():
            status = yield from run()
        self.outcomes.look()
        return status

    def compound(self, command: ast.Compound, *, final: bool, checked: bool) -> Run:
        match command:
            case ast.If():
                return (yield from self._if(command, final=final, checked=checked))
            case ast.For():
                return (yield from self._for(command, checked=checked))
            case ast.ArithmeticFor():
                return (yield from self._count(command, checked=checked))
            case ast.While():
                return (yield from self._while(command, checked=checked))
            case ast.Case():
                return (yield from self._case(command, final=final, checked=checked))
            case ast.ConditionalCommand():
                return (yield from self._answer(holds(self, command)))
            case ast.ArithmeticCommand():
                return (yield from self._answer(self._calculated(command)))
        raise AssertionError(command)

    def _calculated(self, command: ast.ArithmeticCommand) -> Run:
        value = yield from self.expander.calculate(command.expression)
        return int(value == 0)

    def _answer(self, run: Run) -> Run:
        """`[[ ... ]]` or `(( ... ))`, which may look at `$?` and at the text of a substitution."""
        status = yield from run
        self.outcomes.overwrite()
        self.outcomes.substitution = None
        self.outcomes.answered(status)
        return status

    def _if(self, command: ast.If, *, final: bool, checked: bool) -> Run:
        for condition, body in command.branches:
            status = yield from self.tested(functools.partial(self.script, condition, checked=True))
            if status == 0:
                return (yield from self.script(body, final=final, checked=checked))
        if not command.otherwise:
            return 0
        return (yield from self.script(command.otherwise, final=final, checked=checked))

    def _case(self, command: ast.Case, *, final: bool, checked: bool) -> Run:
        text = yield from self.expander.text(command.word)
        self.outcomes.substitution = None
        status, through = 0, False
        for clause in command.clauses:
            chosen = through or (yield from self._chosen(clause, text))
            if chosen:
                last = final and (clause.end == ";;" or clause is command.clauses[-1])
                status = yield from self.script(clause.body, final=last, checked=checked)
                if clause.end == ";;":
                    break
            through = chosen and clause.end == ";&"
        return status

    def _chosen(self, clause: ast.Clause, text: str) -> Steps[bool]:
        for word in clause.patterns:
            pieces = yield from self.expander.pattern_of(word)
            if matches(text, pieces):
                return True
        return False

    def _for(self, command: ast.For, *, checked: bool) -> Run:
        if command.words is None:
            values = list(self.state.parameters)
        else:
            values = yield from self.expander.fields(command.words)
            self.outcomes.masked(["for"])
        status = 0
        for value in values:
            self.state.set(command.name, value)
            if self.state.options.get("xtrace") and self.state.dialect.bash:
                self.tell(f"+ for {command.source}\n")
            status, ended = yield from self._turn(command.body, checked=checked)
            if ended:
                break
        return status

    def _count(self, command: ast.ArithmeticFor, *, checked: bool) -> Run:
        yield from self.expander.calculate(command.start)
        status = 0
        while not command.condition or (yield from self.expander.calculate(command.condition)):
            status, ended = yield from self._turn(command.body, checked=checked)
            if ended:
                break
            yield from self.expander.calculate(command.step)
        return status

    def _while(self, command: ast.While, *, checked: bool) -> Run:
        status, ended = 0, False
        while not ended:
            condition, ended = yield from self._condition(command)
            if ended or (condition == 0) == command.until:
                break
            status, ended = yield from self._turn(command.body, checked=checked)
        return status

    def _condition(self, command: ast.While) -> Steps[tuple[int, bool]]:
        with self.outcomes.testing():
            answer = yield from self._turn(command.condition, checked=True, free=True)
        self.outcomes.look()
        return answer

    def _turn(self, body: ast.Script, *, checked: bool, free: bool = False) -> Steps[tuple[int, bool]]:
        """One iteration of a loop: its status, and whether it was the last."""
        if not free:
            self.turns += 1
            yield self.process.sleep(TURN_NS if self.turns <= _TURNS else _LATE_TURN_NS)
        self.state.loops += 1
        try:
            return (yield from self.script(body, checked=checked)), False
        except (BreakLoop, ContinueLoop) as jump:
            jump.levels -= 1
            if jump.levels > 0 and self.state.loops > 1:
                raise
            return 0, isinstance(jump, BreakLoop)
        finally:
            self.state.loops -= 1
