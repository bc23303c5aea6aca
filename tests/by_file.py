"""With workers of pytest-xdist, whole directories are collected file by file, each by the worker that runs it.

Otherwise each worker collects all tests and keeps them until the end.  That takes 4 seconds of it, 13 where nothing is
compiled yet, and 120 MB, and each fork copies the page tables of these: the tests of `reach` make thousands of forks.
Here a worker has one item for each file.  In its turn, the file is collected and its tests run as usual, with their own
names in reports.  If the command line names files, or chooses tests, all is collected as usual.

Of a test that passes, one report is sent instead of three, and neither its start nor its end: to pack and unpack these
takes the processor longer than many a test.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

#: What takes longest begins first, so that no worker is left alone with it.
FIRST = frozenset({"reach", "livehost", "conformance", "verify"})


class FileItem(pytest.Item):
    """All tests of a file.  Its name is that of the test that runs, as xdist holds reports against it."""

    running: pytest.Item | None = None

    @property
    def nodeid(self) -> str:
        return super().nodeid if self.running is None else self.running.nodeid

    def run(self, nextitem: pytest.Item | None) -> None:
        tests = self._collected()
        for test, following in zip(tests, [*tests[1:], nextitem], strict=False):
            self.running = test
            test.ihook.pytest_runtest_protocol(item=test, nextitem=following)
            if self.session.shouldfail or self.session.shouldstop:
                break
        self.running = None

    def runtest(self) -> None:
        raise AssertionError("a file is run by `run`")

    def _collected(self) -> list[pytest.Item]:
        assert self.parent is not None
        module = pytest.Module.from_parent(self.parent.parent, path=self.path)
        tests = list(self.session.genitems(module))
        self.session._collection_cache.clear()  # or it keeps them
        self.config.hook.pytest_collection_modifyitems(session=self.session, config=self.config, items=tests)
        return tests


class FileByFile(pytest.Module):
    """A module of tests that is not imported yet."""

    def collect(self) -> Iterable[pytest.Item]:
        yield FileItem.from_parent(self, name="*")


class ByFile:
    """The plugin of a worker."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makemodule(self, module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
        made: pytest.Module = FileByFile.from_parent(parent, path=module_path)
        return made

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        if isinstance(item, FileItem):
            item.run(nextitem)
            return True
        for report in runtestprotocol(item, log=False, nextitem=nextitem):
            if report.when == "call" or not report.passed:
                item.ihook.pytest_runtest_logreport(report=report)
        return True

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: FIRST.isdisjoint(item.path.relative_to(item.config.rootpath).parts))


def pytest_configure(config: pytest.Config) -> None:
    option = config.option
    some = option.keyword or option.markexpr or option.deselect or option.usepdb
    if some or not all(Path(arg).is_dir() for arg in config.args):
        return
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(ByFile())
    elif config.getoption("dist", "no") != "no":
        if option.maxschedchunk is None:
            option.maxschedchunk = 1  # files take between a moment and a minute
        config._inicache["console_output_style"] = "classic"  # a percentage would be one of the number of files
