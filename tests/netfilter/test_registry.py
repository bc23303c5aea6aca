"""The table of extensions says of each module what is in it, as only the table is read before a rule names one."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from vnetsim.errors import NotModelled
from vnetsim.netfilter import extensions, registry


def test_each_module_has_its_line() -> None:
    assert sorted(module.name for module in pkgutil.iter_modules(extensions.__path__)) == sorted(registry._MODULES)


@pytest.mark.parametrize("name", registry._MODULES)
def test_a_line_names_what_is_in_its_module(name: str) -> None:
    module = importlib.import_module(f"vnetsim.netfilter.extensions.{name}")
    matches, targets = (getattr(module, kind, ()) for kind in ("MATCHES", "TARGETS"))
    assert sorted(registry._MODULES[name].split()) == sorted(each.name for each in (*matches, *targets))
    for version in (4, 6):
        for kind, find in ((matches, registry.find_match), (targets, registry.find_target)):
            here = [each for each in kind if version in each.versions]
            assert all(find(each.name, version) is each for each in here)
            assert all(find(each.name, version) is None for each in kind if each not in here and each.name != "ah")


def test_a_name_is_of_its_kind_and_its_family() -> None:
    assert registry.find_match("MARK", 4) is None
    assert registry.find_target("mark", 4) is None
    assert registry.find_match("ttl", 6) is None
    assert registry.find_match("nothing", 4) is None
    assert [registry.is_target(name, 6) for name in ("ACCEPT", "MARK", "HL", "TTL", "SYNPROXY", "mark", "mine")] == [
        True, True, True, False, True, False, False,
    ]  # fmt: skip


def test_what_only_iptables_has_is_not_modelled() -> None:
    with pytest.raises(NotModelled, match="iptables -m osf"):
        registry.find_match("osf", 4)
    with pytest.raises(NotModelled, match="iptables -j SYNPROXY"):
        registry.find_target("SYNPROXY", 4)
