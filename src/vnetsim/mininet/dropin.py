"""Running a script with this package as its `mininet`.

The script is the user's program: it runs in this interpreter, with all that Python can do.  Its calls of the machine
go to the simulated one instead: `os.system`, `os.popen`, `subprocess`, `time.sleep` and `time.time`.  `mn -c` does
nothing there.  Not modelled: threads, and modules of Mininet that are not here.
"""

from __future__ import annotations

import importlib
import io
import os
import re
import runpy
import select
import subprocess
import sys
import threading
import time
import traceback
import types
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from vnetsim.errors import NotModelled, UsageError, VnetsimError
from vnetsim.mininet.emulation import Emulation, current, using
from vnetsim.mininet.log import lg
from vnetsim.mininet.polling import SimulatedPoll, simulated_select
from vnetsim.mininet.popen import DEVNULL, PIPE, STDOUT, SimulatedPopen, run_to_end

#: Exit statuses of a shell for a program that is not there.
_MISSING: Final = (126, 127)
#: Modules under Mininet's name for them.
MODULES: Final = {
    "mininet": "vnetsim.mininet",
    "mininet.util": "vnetsim.mininet.functions",
    **{f"mininet.{name}": f"vnetsim.mininet.{name}" for name in (
        "clean", "cli", "link", "log", "moduledeps", "net", "node", "nodelib", "term", "topo", "topolib")},
}  # fmt: skip
_CLEANS: Final = re.compile(r"\s*(sudo\s+)?mn\s+(-c|--clean)\b")


@contextmanager
def installed() -> Iterator[None]:
    """Meanwhile `import mininet` gives this package."""
    before = {name: sys.modules.get(name) for name in MODULES}
    for name, ours in MODULES.items():
        module = sys.modules[name] = importlib.import_module(ours)
        if "." in name:
            setattr(sys.modules["mininet"], name.partition(".")[2], module)
    try:
        yield
    finally:
        for name, module_before in before.items():
            if module_before is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module_before


@contextmanager
def _examples(script: str) -> Iterator[None]:
    """Meanwhile `mininet.examples.NAME` is the file NAME.py beside the script, as among Mininet's examples."""
    module = types.ModuleType("mininet.examples")
    module.__path__ = [str(Path(script).parent.resolve())]
    sys.modules["mininet.examples"] = module
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.startswith("mininet.examples")]:
            del sys.modules[name]


# --- calls of the machine -------------------------------------------------------------------------------


def _system(command: str) -> int:
    """os.system: the status as wait(2) has it."""
    if _CLEANS.match(command):
        return 0
    out, _, status = run_to_end(current(), None, command, merged=True)
    sys.stdout.write(out)
    return status << 8


def _popen(cmd: str, mode: str = "r", buffering: int = -1) -> Any:
    del buffering
    if mode != "r":
        raise current().not_modelled("os.popen for writing")
    return io.StringIO(run_to_end(current(), None, cmd, merged=False)[0])


def _sleep(seconds: float) -> None:
    current().lab.sleep(seconds)


def _time() -> float:
    return current().now()


def _start_thread(self: threading.Thread) -> None:
    raise current().not_modelled(f"threads of a script: {self.name}")


@contextmanager
def _replaced(emulation: Emulation, argv: Sequence[str]) -> Iterator[None]:
    """Meanwhile the process is one on the simulated machine."""
    script = str(Path(argv[0]).parent.resolve())
    changes: tuple[tuple[Any, str, Any], ...] = (
        (os, "system", _system), (os, "popen", _popen), (os, "geteuid", lambda: 0), (os, "getuid", lambda: 0),
        (subprocess, "Popen", SimulatedPopen), (time, "sleep", _sleep), (time, "time", _time),
        (time, "monotonic", lambda: emulation.lab.now() / 1_000_000_000), (threading.Thread, "start", _start_thread),
        (select, "poll", SimulatedPoll), (select, "select", simulated_select),
        (sys, "argv", list(argv)), (sys, "path", [script, *sys.path]),
    )  # fmt: skip
    assert (subprocess.PIPE, subprocess.STDOUT, subprocess.DEVNULL) == (PIPE, STDOUT, DEVNULL)
    before = [(owner, name, getattr(owner, name, None)) for owner, name, _ in changes]
    modules = set(sys.modules)
    for owner, name, value in changes:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)
        for name in set(sys.modules) - modules:
            if _is_of(script, sys.modules[name]):
                del sys.modules[name]


def _is_of(folder: str, module: Any) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and str(Path(file).resolve()).startswith(f"{folder}{os.sep}")


# --- running ---------------------------------------------------------------------------------------------------------


def run_script(emulation: Emulation, argv: Sequence[str]) -> dict[str, Any]:
    """Run the script argv[0] to its end and give its global names; UsageError, in one sentence, for one that fails."""
    path = argv[0]
    with ExitStack() as stack:
        stack.enter_context(installed())
        stack.enter_context(_examples(path))
        stack.enter_context(using(emulation))
        stack.enter_context(_replaced(emulation, argv))
        lg.setLogLevel()
        try:
            return runpy.run_path(path, run_name="__main__")
        except SystemExit as end:
            if end.code not in (None, 0):
                raise UsageError(f"{path}: the script ended with {end.code}") from None
            return {}
        except SyntaxError as error:
            raise UsageError(f"{error.filename or path}:{error.lineno}: {error.msg}") from None
        except NotModelled as error:
            raise UsageError(f"{located(emulation, error)}{error}") from None
        except (VnetsimError, Exception) as error:
            raise UsageError(f"{located(emulation, error)}{_said(error)}") from None


def _said(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and (error.name or "").startswith("mininet"):
        return str(NotModelled(f"the module {error.name}"))
    if isinstance(error, ImportError) and (error.name or "").startswith("vnetsim.mininet"):
        return str(NotModelled(f"a name of Mininet: {str(error).partition(' from ')[0]}"))
    return str(error) if isinstance(error, VnetsimError) else f"{type(error).__name__}: {error}"


def located(emulation: Emulation, error: BaseException) -> str:
    """`script.py:12: `, the innermost line that is the user's."""
    ours = str(Path(__file__).parent)
    script = Path(emulation.script or ".").resolve().parent
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith((ours, "<")) and Path(frame.filename).resolve().is_relative_to(script):
            is_script_itself = Path(frame.filename).resolve() == Path(emulation.script).resolve()
            return f"{emulation.script if is_script_itself else frame.filename}:{frame.lineno}: "
    return f"{emulation.script}: " if emulation.script else ""


def main(argv: Sequence[str], seed: int = 0) -> int:
    """`vnetsim mn run SCRIPT ARGS...`: exit status 1 if something was not modelled."""
    from vnetsim.lab import Lab  # noqa: PLC0415

    if not argv:
        raise UsageError("expected the name of a script: vnetsim mn run SCRIPT.py [ARGUMENTS]")
    if not Path(argv[0]).is_file():
        raise UsageError(f"{argv[0]}: there is no such file")
    emulation = Emulation(Lab(seed, docker=False), argv[0], tell=sys.stderr.write)
    try:
        run_script(emulation, argv)
    finally:
        sys.stdout.flush()
        status = report(emulation)
    return status


def report(emulation: Emulation, write: Any = None) -> int:
    """Name what was not modelled; 1 if something was."""
    from vnetsim.failures import FailureKind  # noqa: PLC0415

    write = write or sys.stderr.write
    failures = emulation.lab.failures
    gaps = [each for each in failures if each.kind is not FailureKind.FAILED or each.status in _MISSING]
    if gaps:
        write("vnetsim: the network is not what the script asked for:\n")
    for line in dict.fromkeys(map(str, gaps)):
        write(f"  {line}\n")
    return int(bool(gaps))
