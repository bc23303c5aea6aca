"""A state machine to subclass: operations at random on a lab, and what must stay true whatever they are.

    class Shop(LabMachine):
        setup = ("docker network create --internal back", "docker run -d --name db --network back postgres", ...)
        policy = Policy.of("* !-> db except api: tcp/5432")
        kinds = ("connect", "disconnect", "restart", "firewall")
        session = Path("shop.counterexample.session")

        @invariant()
        def nobody_shares_an_address(self) -> None:
            assert ...self.lab...

    TestShop = Shop.TestCase

Each step types a mutation that is possible then (`vnetsim.reach.exploration.mutations`), or a fault; after each, the
policy is checked on a copy of the lab, and so are the invariants.  What fails is shrunk by Hypothesis; the session
of the smallest failure is part of the error's text and, if `session` is set, saved: `vnetsim run` plays it, and it can
be typed on a real host.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from vnetsim.failures import NoAnswer
from vnetsim.lab import Lab
from vnetsim.reach.exploration.mutations import Mutation, possible
from vnetsim.reach.policies.check import check
from vnetsim.reach.policies.policy import Policy


class LabMachine(RuleBasedStateMachine):
    """Subclass it, set the class attributes, add rules and invariants of your own; `lab` is the machine at work."""

    #: Command lines that make the lab; each must succeed.
    setup: ClassVar[tuple[str, ...]] = ()
    #: What must hold after every step; None for nothing.
    policy: ClassVar[Policy | None] = None
    #: Which mutations are typed.
    kinds: ClassVar[tuple[str, ...]] = ("connect", "disconnect", "restart", "stop", "start", "move")
    #: Where the session of a failure is saved; None for nowhere.
    session: ClassVar[Path | None] = None
    seed: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.lab = self.new_lab()
        for line in self.setup:
            result = self.lab.run(line)
            assert result, f"the setup does not succeed: {line}: {result.output}"

    def new_lab(self) -> Lab:
        """The machine before the setup."""
        return Lab(self.seed)

    @rule(data=st.data())
    def operate(self, data: st.DataObject) -> None:
        """Type one mutation."""
        self.perform(data.draw(mutations(self.lab, self.kinds), label="typed"))

    def perform(self, mutation: Mutation) -> None:
        for line in mutation.lines:
            # A mutation that is refused is a mutation of an operator, too.
            _ = self.lab.run(line).exit_code

    @invariant()
    def policy_holds(self) -> None:
        if self.policy is None:
            return
        report = check(self.lab, self.policy, lenient=True)
        for violation in report.violations:
            raise AssertionError(self.with_session(f"{violation}\n{violation.sentence}"))
        for unproven in report.unproven_rules:
            raise NoAnswer(self.with_session(f"{unproven.rule.location}: {unproven.text}"))

    def with_session(self, message: str) -> str:
        """An error's text: this message, and the session that leads there, which is also saved."""
        text = "".join(f"# {line}\n" for line in message.splitlines()) + f"\n{self.lab.session()}"
        if self.session is not None:
            self.session.write_text(text, "utf-8", newline="\n")
        return text


def mutations(lab: Lab, kinds: Sequence[str] = ()) -> st.SearchStrategy[Mutation]:
    """A mutation that is possible in the lab's present state."""
    found = possible(lab, kinds)
    return st.sampled_from(found) if found else st.just(Mutation("none", ()))
