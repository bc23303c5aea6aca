"""The tree tells the truth: imports point upwards in LAYERS, and each third-party library has one gatekeeper."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import networkx as nx
import pytest

import vnetsim
from vnetsim.mininet import dropin
from vnetsim.programs import registry

ROOT = Path(vnetsim.__file__).parent

#: From bottom to top: each may import only what stands before it, and its own package.
LAYERS = [
    "valueinit", "values", "packagedata", "laterinit", "errors", "dropreason", "failures", "budget", "garbage",
    "digits", "ddmin", "regex", "clock", "wallclock", "wire", "protocols", "netfilter", "operations",
    "observations", "trace", "views", "sockets", "process", "engine", "kernel", "docker", "compose", "programs",
    "shell", "boot", "journal", "result", "shortfall", "lab", "record", "playback", "livehost", "mininet",
    "scenario", "reach", "findings", "strategies", "backends", "verify", "reports", "serve", "testing",
    "pytest_plugin", "prompt", "lesson", "browser", "cli", "__main__",
]  # fmt: skip

#: The floors of the kernel, from bottom to top: `netns` and `host` share one, and put those below together.
FLOORS = [
    "globals", "sysctl", "netdev", "bridge", "qdisc", "neigh", "fib", "netfilter", "ipv4", "ipv6", "br_netfilter",
    "transport", "drivers", "netns host", "rtnetlink", "proc",
]  # fmt: skip

#: The floors of the engine, from bottom to top, and of the networks in it.
DOCKER_FLOORS = [
    "gotypes", "stringid", "namesgenerator", "signal", "term", "archive", "nat", "ipamutils", "api", "images",
    "volumes", "runconfig", "config", "libnetwork", "container", "daemon", "engine", "service",
]  # fmt: skip
LIBNETWORK_FLOORS = [
    "netutils", "nlwrap", "etchosts", "resolvconf", "sandbox_dns", "ipam", "portbinding", "portallocator",
    "portmapper", "proxy", "iptables", "resolver_rules", "network", "store", "allocation", "conntrack", "l2disco",
    "osl", "driverapi", "drivers", "sandbox", "resolver",
]  # fmt: skip
#: The floors of the questions: what is sent, how its trace is read, why it was lost, what would turn that.
REACH_FLOORS = [
    "forks", "endpoints", "translation", "equivalence", "probing", "matrix", "walks", "diagnosis", "remedies", "why",
    "policies", "exploration",
]  # fmt: skip
#: The floors of the shell: the grammar, its state, the expansion of words, the execution of commands.
SHELL_FLOORS = [
    "steps", "control quoting pattern ast arithmetic arrays", "word_reader", "lexer", "token_stream", "simple_parser",
    "parser braces dialect", "variables", "state", "jobcontrol", "splitting", "expansion", "redirection", "outcomes",
    "shell",
    "conditions launcher", "builtins", "simple compound", "interpreter", "interactive", "run",
]  # fmt: skip
#: A package with its floors: each module imports only its own floor and those below it, also for types.
FLOORS_OF = {
    "kernel": FLOORS,
    "docker": DOCKER_FLOORS,
    "docker.libnetwork": LIBNETWORK_FLOORS,
    "shell": SHELL_FLOORS,
    "reach": REACH_FLOORS,
}
#: How many modules of a package may import each other; of the whole one by the empty name.
LARGEST_CIRCLE = {
    "": 3,
    "kernel": 3,
    "wire": 3,
    "netfilter": 1,
    "docker": 1,
    "shell": 1,
    "lab": 1,
    "programs.docker": 1,
    "reach": 1,
}

#: Imports that point the other way for a reason: values that a lower layer is made of.
BELOW = {
    "netfilter": {"operations"},  # its operations are made with the words of the others
    "protocols": {"operations"},  # verbs
    "lab": {"reach"},  # lab.why() is a question of reach, which is imported when somebody asks
}

#: Packages that stand above the kernel and must not know it: an engine and a command are programs on a host.
BLIND = {name: {"kernel", "engine", "lab"} for name in ("docker", "programs", "shell", "views", "reports")}
BLIND["compose"] = {"kernel", "engine", "docker", "process"}

GATEKEEPERS = {
    "simpy": {"engine"},
    "click": {"cli"},
    "dns": {"wire"},
    "h11": {"serve"},
    "hypothesis": {"strategies"},
    "networkx": {"reach"},
    "pytest": {"pytest_plugin"},
    "prompt_toolkit": {"prompt"},
    "markdown_it": {"scenario"},
    "ruamel": {"compose"},
}

#: Programs of a higher layer, which are started by name like all others.
STARTED: dict[str, set[str]] = {"programs.registry": {"vnetsim.shell.run"}}
#: What those import by name that have a table of their own: the modules of programs, and what another process imported.
BY_TABLE = {
    "programs.registry": set(map(registry.module_of, registry.names())),
    "reach.forks.process": set[str](),
    "mininet.dropin": set(dropin.MODULES.values()),
}

#: Not on Windows, in a browser, or in a sandbox.
POSIX_ONLY = {
    "fcntl",
    "termios",
    "pwd",
    "grp",
    "resource",
    "pty",
    "tty",
    "subprocess",
    "socket",
    "select",
    "multiprocessing",
}

#: Who plays on a real machine needs one.
REAL = {"backends"}
#: Run Python that users type or name: `py`, `px` and `--custom`.
RUNS = {"mininet.cli", "mininet.mn"}
#: Runs functions that it writes itself; awk from programs, whose names get a prefix and whose texts are constants.
WRITES = {"valueinit", "programs.awk"}
#: Replaces what a user's script calls, and starts nothing.
REPLACES = {"mininet.dropin": {"subprocess", "select"}, "mininet.polling": {"select"}}
#: Real traffic, on the loopback, where it is asked for; terminals that join others.
REAL_SOCKETS = {
    "prompt.attach_server": {"socket", "select"}, "prompt.attach_client": {"socket", "select"},
    "prompt.attach_socket": {"socket"},
    "serve.exposed": {"socket"}, "serve.hijacked": {"socket", "select"}, "serve.relay": {"socket"},
}  # fmt: skip

MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
}
INSIDE = sorted(name for name in MODULES if name != "__init__")
#: Of each package or module of the top: a test is about all modules in it, and names the one that breaks the rule.
PACKAGES = sorted({name.split(".")[0] for name in INSIDE})


def modules_of(package: str) -> list[str]:
    return [name for name in INSIDE if name.split(".")[0] == package]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All of a module's tree: most rules look at it, and each walk would take as long as reading it."""
    return tuple(ast.walk(tree(path)))


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Full names of what a module imports, wherever in it, and of what it may import by a name that it makes."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return (*_imports(path), *_imports_by_name(path), *BY_TABLE.get(name, ()))


def _imports_by_name(path: Path) -> Iterator[str]:
    """Calls of import_module: all modules whose names begin with the constant at the start of the argument."""
    for node in nodes(path):
        if isinstance(node, ast.Call) and called(node) in ("importlib.import_module", "import_module"):
            start = constant_start(node.args[0])
            yield from (f"vnetsim.{name}" for name in MODULES if start and f"vnetsim.{name}".startswith(start))


def called(node: ast.AST) -> str:
    """The name of what is called, or how it is written; "" if it is no call."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return f"{function.value.id}.{function.attr}"
    return function.id if isinstance(function, ast.Name) else ast.unparse(function)


def constant_start(argument: ast.expr) -> str:
    """Of a string, the part before the first value; "" if it begins with one, or is no string that is written there."""
    first = argument.values[0] if isinstance(argument, ast.JoinedStr) else argument
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def _imports(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: absolute imports only"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_upwards(package: str) -> None:
    for module in modules_of(package):
        layer = module.split(".", maxsplit=1)[0]
        for name in imports(MODULES[module]):
            if not name.startswith("vnetsim.") or name == "vnetsim.__version__":
                continue
            if name in STARTED.get(module, ()):
                continue
            imported = name.split(".")[1]
            if imported in BELOW.get(layer, ()):
                continue
            assert LAYERS.index(imported) <= LAYERS.index(layer), f"{module} must not import {name}"
            assert imported not in BLIND.get(layer, ()), f"{module} must not know {imported}"


@pytest.mark.parametrize("package", PACKAGES)
def test_what_is_imported_by_name_can_be_seen(package: str) -> None:
    for module in modules_of(package):
        for node in nodes(MODULES[module]):
            name = called(node)
            assert module in RUNS | WRITES or name not in ("__import__", "exec", "eval"), f"{module} calls {name}"
            if isinstance(node, ast.Call) and name.rpartition(".")[2] == "import_module" and module not in BY_TABLE:
                start = constant_start(node.args[0])
                assert start.startswith("vnetsim."), f"{module} imports by a name that does not begin with a constant"


def test_a_module_that_is_imported_by_name_is_one_that_is_imported() -> None:
    assert {"vnetsim.shell.run", "vnetsim.programs.nft"} < set(imports(MODULES["programs.registry"]))
    assert "vnetsim.netfilter.extensions.xt_nat" in imports(MODULES["netfilter.registry"])
    assert "vnetsim.kernel.drivers.vlan" in imports(MODULES["kernel.rtnetlink.link"])


def floor(module: str, package: str) -> int:
    first = module.removeprefix(f"{package}.").split(".")[0]
    return next(number for number, names in enumerate(FLOORS_OF[package]) if first in names.split())


def is_within(module: str, package: str) -> bool:
    return not package or module.startswith(f"{package}.")


def imports_within(module: str, package: str) -> Iterator[str]:
    """Modules of `package` that one of them imports, also for types."""
    for node in nodes(MODULES[module]):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            origin = node.module.removeprefix("vnetsim.")
            for name in (f"{origin}.{alias.name}" for alias in node.names):
                found = name if name in MODULES else origin
                if found in MODULES and found != module and is_within(found, package):
                    yield found


def on_floors(package: str) -> list[str]:
    return [name for name in INSIDE if is_within(name, package)]


@pytest.mark.parametrize("package", FLOORS_OF)
def test_a_floor_imports_those_below_it(package: str) -> None:
    for module in on_floors(package):
        for found in imports_within(module, package):
            assert floor(found, package) <= floor(module, package), f"{module} must not import {found}"


@pytest.mark.parametrize("package", FLOORS_OF)
def test_each_floor_is_there(package: str) -> None:
    there = {module.removeprefix(f"{package}.").split(".")[0] for module in on_floors(package)}
    assert there == {name for names in FLOORS_OF[package] for name in names.split()}


def circles(package: str) -> list[list[str]]:
    """Modules of a package that import each other, directly or through others, types included."""
    graph = nx.DiGraph({module: set(imports_within(module, package)) for module in on_floors(package)})
    return sorted(sorted(circle) for circle in nx.strongly_connected_components(graph) if len(circle) > 1)


@pytest.mark.parametrize(("package", "largest"), LARGEST_CIRCLE.items())
def test_circles_are_small(package: str, largest: int) -> None:
    assert [circle for circle in circles(package) if len(circle) > largest] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_each_library_has_one_gatekeeper(package: str) -> None:
    for module in modules_of(package):
        for name in imports(MODULES[module]):
            allowed = GATEKEEPERS.get(name.split(".")[0])
            assert allowed is None or module.split(".", maxsplit=1)[0] in allowed, f"only {allowed} may import {name}"


@pytest.mark.parametrize("package", PACKAGES)
def test_classes_of_values_are_made_in_one_way(package: str) -> None:
    for module in modules_of(package):
        made = {
            f"attrs.{node.attr}" for node in nodes(MODULES[module])
            if isinstance(node, ast.Attribute) and node.attr in ("define", "frozen", "mutable", "make_class")
            and ast.unparse(node.value) == "attrs"
        }  # fmt: skip
        assert not made or module == "values", f"{module} uses {made}: take `define` or `frozen` of vnetsim.values"


@pytest.mark.parametrize("package", [name for name in PACKAGES if name not in REAL])
def test_nothing_needs_posix(package: str) -> None:
    for module in modules_of(package):
        for name in imports(MODULES[module]):
            first = name.split(".")[0]
            assert first not in POSIX_ONLY - (REPLACES | REAL_SOCKETS).get(module, set()), f"{module} imports {name}"


@pytest.mark.parametrize("package", PACKAGES)
def test_a_name_tells_what_is_inside(package: str) -> None:
    for module in modules_of(package):
        assert not set(module.split(".")) & {"utils", "util", "core", "helpers", "common", "misc", "base"}


@pytest.mark.parametrize("package", PACKAGES)
def test_each_module_says_what_it_is(package: str) -> None:
    for module in modules_of(package):
        assert ast.get_docstring(tree(MODULES[module])), f"{module} has no docstring"


def test_every_top_level_module_has_its_layer() -> None:
    found = {name.split(".")[0] for name in INSIDE}
    assert found <= set(LAYERS), f"not in LAYERS: {sorted(found - set(LAYERS))}"
