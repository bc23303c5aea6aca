"""Simulated time beside that of the computer, which is a number here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from typing import Any

import pytest

from vnetsim.budget import Budget, Meter
from vnetsim.clock import SECOND
from vnetsim.engine import Engine
from vnetsim.errors import BudgetExceeded, EngineError
from vnetsim.serve.pace import Pace


class World:
    """A clock of the computer that a test sets, an engine, and a pace."""

    def __init__(self, speed: float | None, budget: Budget | None = None) -> None:
        self.wall = 0
        self.engine = Engine(meter=Meter(budget or Budget()))
        self.said: list[str] = []
        self.pace = Pace(lambda: self.engine, speed, wall=lambda: self.wall, complain=self.said.append)

    def sleeping(self, nanoseconds: int) -> Generator[Any, Any, int]:
        yield self.engine.timeout(nanoseconds)
        return self.engine.now()


def played(world: World, test: Callable[[World], Awaitable[None]]) -> None:
    async def main() -> None:
        running = asyncio.ensure_future(world.pace.run())
        try:
            await test(world)
        finally:
            running.cancel()

    asyncio.run(main())


async def turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def test_an_operation_takes_as_long_as_it_takes() -> None:
    async def test(world: World) -> None:
        waiting = asyncio.ensure_future(world.pace.complete(world.sleeping(3 * SECOND)))
        await turns()
        world.wall = 3 * SECOND - 1
        world.pace.wake()
        await turns()
        assert not waiting.done()
        world.wall = 3 * SECOND
        world.pace.wake()
        assert await waiting == 3 * SECOND

    played(World(1.0), test)


def test_time_may_pass_faster() -> None:
    async def test(world: World) -> None:
        waiting = asyncio.ensure_future(world.pace.complete(world.sleeping(30 * SECOND)))
        await turns()
        world.wall = 3 * SECOND
        world.pace.wake()
        assert await waiting == 30 * SECOND

    played(World(10.0), test)


def test_nobody_waits_at_the_greatest_speed() -> None:
    async def test(world: World) -> None:
        assert await world.pace.complete(world.sleeping(1000 * SECOND)) == 1000 * SECOND
        world.pace.catch_up()
        assert 0 <= world.engine.now() - 1000 * SECOND < 10

    played(World(None), test)


def test_what_sleeps_for_ages_is_not_waited_for_by_skipping_them() -> None:
    """An idle server beside an operation that does not end: the date stays that of the computer."""

    async def test(world: World) -> None:
        waiting = asyncio.ensure_future(world.pace.complete(world.sleeping(10**9 * SECOND)))
        await turns()
        assert world.engine.now() < 10
        assert not waiting.done()

    played(World(None), test)


def test_time_that_nobody_waited_for_has_passed_too() -> None:
    async def test(world: World) -> None:
        world.wall = 5 * SECOND
        world.pace.catch_up()
        assert world.engine.now() == 5 * SECOND

    played(World(1.0), test)


def test_two_operations_run_side_by_side() -> None:
    async def test(world: World) -> None:
        both = await asyncio.gather(*(world.pace.complete(world.sleeping(each * SECOND)) for each in (2, 1)))
        assert both == [2 * SECOND, SECOND]

    played(World(None), test)


def test_an_error_is_that_of_the_caller() -> None:
    def refusing() -> Generator[Any, Any, None]:
        yield from ()
        raise EngineError(404, "no")

    async def test(world: World) -> None:
        with pytest.raises(EngineError):
            await world.pace.complete(refusing())

    played(World(None), test)


@pytest.mark.parametrize(("follows", "ended"), [(True, True), (False, False)])
def test_an_operation_goes_on_without_its_client_unless_it_follows_it(follows: bool, ended: bool) -> None:
    gone: list[str] = []

    def noticing(world: World) -> Generator[Any, Any, None]:
        try:
            yield world.engine.timeout(1000 * SECOND)
        except BaseException:
            gone.append("killed")
            raise

    async def test(world: World) -> None:
        client = asyncio.ensure_future(world.pace.complete(noticing(world), follows_client=follows))
        await turns()
        client.cancel()
        await turns()
        world.wall = SECOND
        world.pace.catch_up()
        assert bool(gone) is ended

    played(World(1.0), test)


def test_a_lab_over_its_budget_lets_nobody_wait() -> None:
    def endless(world: World) -> Generator[Any, Any, None]:
        while True:
            yield world.engine.timeout(1)

    async def test(world: World) -> None:
        with pytest.raises(BudgetExceeded):
            await world.pace.complete(endless(world))
        with pytest.raises(BudgetExceeded):
            await world.pace.complete(world.sleeping(1))
        assert len(world.said) == 1

    played(World(None, Budget(steps=5000)), test)


def test_a_lab_that_keeps_up_lives_longer_than_its_budget() -> None:
    def busy(world: World) -> Generator[Any, Any, None]:
        for _ in range(3000):
            yield world.engine.timeout(1)

    async def at_speed(world: World) -> None:
        for second in range(8):
            await world.pace.complete(busy(world))
            world.wall = second * SECOND
            world.pace.catch_up()
        assert world.pace.broken is None

    played(World(None, Budget(steps=10_000)), at_speed)


def test_the_budget_is_renewed_when_the_clock_is_reached() -> None:
    async def test(world: World) -> None:
        world.engine.spawn(each_second(world, 3000))
        for second in range(1, 9):
            for _ in range(10):
                world.wall = second * SECOND
                world.pace.catch_up()
        assert world.pace.broken is None
        world.wall = 30 * SECOND
        for _ in range(100):
            world.pace.catch_up()
        assert world.pace.broken is not None

    played(World(1.0, Budget(steps=20_000)), test)


def each_second(world: World, steps: int) -> Generator[Any, Any, int]:
    while True:
        for _ in range(steps):
            yield world.engine.timeout(1)
        yield world.engine.timeout(SECOND)


def test_time_stands_when_an_operation_has_ended() -> None:
    """At the greatest speed, no later event happens before the client's turn has come."""

    async def test(world: World) -> None:
        world.engine.spawn(each_second(world, 1))
        assert await world.pace.complete(world.sleeping(10)) == 10
        await turns()
        assert world.engine.now() < 100

    played(World(None), test)
