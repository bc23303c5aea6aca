"""What a known difference is: a reason, and which differences it explains; lists are known_kernel and known_engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from vnetsim.values import frozen


@frozen(slots=False)
class Difference:
    """The lines of a command's output that only one of the machines printed: `real`, and `simulated`."""

    command: str
    real: tuple[str, ...]
    simulated: tuple[str, ...]

    @classmethod
    def of(cls, command: str, diff: Sequence[str]) -> Difference:
        """Of the lines of a diff, with `-` and `+` before them."""
        return cls(command, *(tuple(line[1:] for line in diff if line[0] == sign) for sign in "-+"))

    @cached_property
    def is_order(self) -> bool:
        """Whether both printed the same lines, in another order."""
        return Counter(self.real) == Counter(self.simulated)

    def agrees(self, normalised: Callable[[str], str]) -> bool:
        """Whether other lines are the same once what means nothing is taken out of each."""
        return not self.is_order and Counter(map(normalised, self.real)) == Counter(map(normalised, self.simulated))

    def __bool__(self) -> bool:
        return bool(self.real or self.simulated)


@frozen
class KnownDifference:
    """Why such a difference is none of the simulator's."""

    reason: str
    explains: Callable[[Difference], bool]


def first_reason(known: Iterable[KnownDifference], difference: Difference) -> str | None:
    """Why this difference is none of the simulator's; None if it is one."""
    return next((each.reason for each in known if each.explains(difference)), None) if difference else None
