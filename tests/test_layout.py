"""tests/ mirrors src/: the tests of `kernel/bridge/bridge.py` are in `tests/kernel/bridge/test_bridge.py`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import vnetsim

SOURCES = Path(vnetsim.__file__).parent
TESTS = Path(__file__).parent

#: Directories of tests that correspond to no package: recordings, real tools, garbage.
UNMIRRORED = {"conformance", "fuzz", "recorded"}
#: What a test module may be about besides a module of its package: captured texts, and laws of the package as a whole.
EVERYWHERE = {"captured", "laws", "recorded"}
#: Behaviour that no module has for itself.
SUBJECTS = {
    "docker": "disabled_ipv6 flag_table published_ports restart scripts start stateful",
    "netfilter/extensions": "matches targets",
    "programs": "left_out not_modelled servers waiting",
    "programs/docker": "flows",
    "programs/docker/go": "template",
    "programs/iproute2/ip": "newer",
    "programs/iptables": "round_trip waiting",
    "protocols/tcp": "data handshake loss",
    "prompt": "nested",
    "reach/remedies": "remedies",
    "reach": "exposures faults no_false_green questions two_mistakes",
    "verify": "docker missing_programs nobody",
}
#: Modules of more than a hundred lines whose tests are not found by their path: the number may only fall.
UNTESTED_BY_PATH = 361

TEST_MODULES = sorted(
    path.relative_to(TESTS)
    for path in TESTS.rglob("test_*.py")
    if len(path.relative_to(TESTS).parts) > 1 and path.relative_to(TESTS).parts[0] not in UNMIRRORED
)


def subjects(name: str) -> set[str]:
    """What `test_NAME.py` may be about: its whole name, or the first words of it."""
    words = name.removeprefix("test_").split("_")
    return {"_".join(words[:count]) for count in range(1, len(words) + 1)}


def modules(package: Path) -> set[str]:
    """A package's modules and packages, and the name of the package itself."""
    found = {path.stem for path in (SOURCES / package).iterdir() if path.suffix == ".py" or path.is_dir()}
    return (found | {package.name}) - {"__init__", "__pycache__"}


def test_each_directory_of_tests_is_a_package_of_the_sources() -> None:
    packages = sorted({path.parent for path in TEST_MODULES})
    assert [str(package) for package in packages if not (SOURCES / package).is_dir()] == []


def test_each_module_of_tests_is_named_after_what_it_tests() -> None:
    wrong = []
    for path in TEST_MODULES:
        known = modules(path.parent) | EVERYWHERE | set(SUBJECTS.get(path.parent.as_posix(), "").split())
        if not subjects(path.stem) & known:
            wrong.append(path.as_posix())
    assert wrong == [], "move it to where src has the module, or name its subject in SUBJECTS"


def test_subjects_are_those_of_tests() -> None:
    named = {(path.parent.as_posix(), subject) for path in TEST_MODULES for subject in subjects(path.stem)}
    assert {(package, word) for package, words in SUBJECTS.items() for word in words.split()} - named == set()


def test_a_module_of_tests_that_is_imported_has_a_name_of_its_own() -> None:
    paths = [path for path in TESTS.rglob("*.py") if not path.stem.startswith("test_") and path.stem != "__init__"]
    assert [name for name, count in Counter(path.stem for path in paths).items() if count > 1] == []


def test_modules_without_tests_by_their_path_become_fewer() -> None:
    tested = {(path.parent.as_posix(), subject) for path in TEST_MODULES for subject in subjects(path.stem)}
    tested |= {(".", subject) for path in TESTS.glob("test_*.py") for subject in subjects(path.stem)}
    without = []
    for path in sorted(SOURCES.rglob("*.py")):
        module = path.relative_to(SOURCES)
        if module.stem == "__init__":
            module = module.parent
        if len(path.read_text("utf-8").splitlines()) > 100 and (module.parent.as_posix(), module.stem) not in tested:
            without.append(module.as_posix())
    assert len(without) <= UNTESTED_BY_PATH, without
    assert len(without) >= UNTESTED_BY_PATH - 20, f"UNTESTED_BY_PATH may fall to {len(without)}"
