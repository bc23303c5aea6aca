"""The pytest plugin: a lab for each test, scenarios, and failures that are explained.

    @pytest.mark.scenario("shop.session")
    def test_the_web_server_reaches_the_database(lab: Lab) -> None:
        assert lab.reaches("web", "db", "tcp/5432")

The fixture `lab` is a fresh Lab, in which the scenario has been played if the test is marked with one (its path is
relative to the test's file, or to the root of the tests).  A lab with failures (of commands whose status
nothing tested) answers no questions, and a test that passes on it is an error, unless the marker has
`incomplete=True` or the test calls `lab.accept_failures()`.

The fixture `docker_engine` is a simulated engine of the test's own with DOCKER_HOST set (see vnetsim.testing).

When a test fails, its report explains the answers to the questions about the lab, and the session and the frames
are written to a directory.  Options: `--vnetsim-seed N` and `--vnetsim-artefacts DIR` (default `vnetsim-artefacts`;
also ini values `vnetsim_seed` and `vnetsim_artefacts`).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from vnetsim.errors import BudgetExceeded, UsageError
from vnetsim.failures import NoAnswer

if TYPE_CHECKING:
    from vnetsim.lab import Lab
    from vnetsim.trace import Event, Transmitted

_MARKER: Final = (
    "scenario(path, kind=None, docker=None, incomplete=False): play this session file, or script of commands, in the "
    "test's `lab` first"
)
_DIRECTORY: Final = "vnetsim-artefacts"
#: The attribute of a report whose test had a question without an answer.
_NO_ANSWER: Final = "vnetsim_no_answer"
#: Frames that are kept of one test.
_FRAMES: Final = 100_000
_KEY: Final = pytest.StashKey["_Watched"]()


class _Watched:
    """A test's lab and the frames that were sent in it."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        #: Whether the test itself passed.
        self.passed = False
        self.sent: deque[Transmitted] = deque(maxlen=_FRAMES)
        lab.watch(self._listen)

    def _listen(self, event: Event) -> None:
        from vnetsim.trace import Transmitted  # noqa: PLC0415 -- only those who use the fixture wait for it

        self.lab.events.append(event)
        if isinstance(event, Transmitted):
            self.sent.append(event)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("vnetsim")
    group.addoption("--vnetsim-seed", type=int, default=None, metavar="N", help="seed of the labs of all tests")
    group.addoption(
        "--vnetsim-artefacts",
        metavar="DIR",
        default=None,
        help=f"where sessions and captures of failed tests are kept (default: {_DIRECTORY})",
    )
    parser.addini("vnetsim_seed", "seed of the labs of all tests", default="0")
    parser.addini("vnetsim_artefacts", "where sessions and captures of failed tests are kept", default=_DIRECTORY)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture(scope="session")
def vnetsim_seed(pytestconfig: pytest.Config) -> int:
    """The value of `--vnetsim-seed`."""
    option = pytestconfig.getoption("--vnetsim-seed")
    if option is not None:
        return int(option)
    text = str(pytestconfig.getini("vnetsim_seed"))
    try:
        return int(text)
    except ValueError:
        raise pytest.UsageError(f"vnetsim_seed: expected a number, found {text!r}") from None


@pytest.fixture
def lab(request: pytest.FixtureRequest, vnetsim_seed: int) -> Iterator[Lab]:
    """A simulated machine of the test's own, after its scenario if it is marked with one."""
    from vnetsim.lab import Lab  # noqa: PLC0415 -- every run of pytest where vnetsim is installed loads this module

    marker = request.node.get_closest_marker("scenario")
    made = Lab(vnetsim_seed) if marker is None else _scenario(request, marker, vnetsim_seed)
    watched = request.node.stash[_KEY] = _Watched(made)
    yield made
    if watched.passed:
        try:
            made.shortfall.required()
        except NoAnswer as error:
            pytest.fail(f"the test passed on a lab that is not what was asked for: {error}", pytrace=False)


@pytest.fixture
def docker_engine(vnetsim_seed: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """DOCKER_HOST of a simulated engine of the test's own, which is set for the test and its processes."""
    from vnetsim.testing import docker_host  # noqa: PLC0415 -- only those who use it wait for it

    with docker_host(seed=vnetsim_seed) as host:
        monkeypatch.setenv("DOCKER_HOST", host)
        for name in ("DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_API_VERSION"):
            monkeypatch.delenv(name, raising=False)
        yield host


def _scenario(request: pytest.FixtureRequest, marker: pytest.Mark, seed: int) -> Lab:
    from vnetsim.scenario.checkpoint import load_checkpoint  # noqa: PLC0415 -- only those who use it wait for it

    play: Callable[..., Lab] = load_checkpoint
    if len(marker.args) != 1 or set(marker.kwargs) - {"kind", "docker", "incomplete"}:
        expected = "expected scenario(path, kind=None, docker=None, incomplete=False)"
        raise pytest.UsageError(f"{request.node.nodeid}: {expected}")
    try:
        return play(str(_found(request, str(marker.args[0]))), seed=seed, **marker.kwargs)
    except UsageError as error:
        pytest.fail(f"scenario: {error}", pytrace=False)


def _found(request: pytest.FixtureRequest, name: str) -> Path:
    """Beside the test's file, or else below the root; the name may end in `@MOMENT`."""
    beside = request.node.path.parent / name
    file = Path(str(beside).partition("@")[0])
    return beside if file.exists() else request.config.rootpath / name


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    watched = item.stash.get(_KEY, None)
    if call.excinfo is not None and isinstance(call.excinfo.value, NoAnswer | BudgetExceeded):
        setattr(report, _NO_ANSWER, True)
    if watched is not None and call.when == "call":
        watched.passed = report.passed
    if watched is not None and call.when == "call" and report.failed:
        report.sections += [("vnetsim: why", answer.why) for answer in watched.lab.answers]
        report.sections.append(("vnetsim: kept", _keep(item, watched)))
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.CollectReport | pytest.TestReport) -> tuple[str, str, str] | None:
    """A question without an answer is an error of the test, and no failure of what it tests."""
    return ("error", "E", "ERROR") if getattr(report, _NO_ANSWER, False) else None


def _keep(item: pytest.Item, watched: _Watched) -> str:
    """Write the session and the frames; returns a sentence with their path."""
    name = item.config.getoption("--vnetsim-artefacts") or str(item.config.getini("vnetsim_artefacts"))
    directory = item.config.rootpath / name / re.sub(r"[^\w.-]+", "-", item.nodeid).strip("-")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "lab.session").write_text(_session(item, watched.lab), "utf-8", newline="\n")
        (directory / "frames.pcap").write_bytes(_capture(_sent(watched)))
    except OSError as error:
        return f"{directory}: cannot be written: {error.strerror}"
    return f"{directory / 'lab.session'} (vnetsim run plays it)\n{directory / 'frames.pcap'}: what each device sent"


def _session(item: pytest.Item, lab: Lab) -> str:
    try:
        return f"# {item.nodeid}\n\n{lab.session()}"
    except UsageError as error:
        return f"# {item.nodeid}\n\n# {error}\n"


def _sent(watched: _Watched) -> list[Transmitted]:
    """The frames that were sent in the lab and, for questions about it, in its copies, by time."""
    from vnetsim.trace import Transmitted  # noqa: PLC0415 -- only failures need it

    asked = (event for answer in watched.lab.answers for event in answer.events)
    frames = [*watched.sent, *(event for event in asked if isinstance(event, Transmitted))]
    return sorted(frames, key=lambda event: event.at)


def _capture(sent: Sequence[Transmitted]) -> bytes:
    from vnetsim.lab.simulation import EPOCH_NS  # noqa: PLC0415 -- only failures need them
    from vnetsim.wire import pcap  # noqa: PLC0415

    packets = ((EPOCH_NS + event.at, event.frame.encode()) for event in sent)
    records = (pcap.record(pcap.PcapRecord(at, data, len(data))) for at, data in packets)
    return pcap.header(pcap.ETHERNET) + b"".join(records)
