"""A service's long forms."""

from __future__ import annotations

from vnetsim.compose.kinds import Fields, Struct
from vnetsim.compose.service import ENV_FILE, EnvFile, ServiceConfig


def test_a_required_env_file_is_written_as_its_path() -> None:
    assert ENV_FILE.encode(EnvFile("a", required=True), False) == "a"
    assert ENV_FILE.encode(EnvFile("a"), False) == {"path": "a", "required": False}


def test_a_network_without_settings_is_there() -> None:
    service = Struct(ServiceConfig).decode({"networks": {"a": None, "b": {"priority": 5}}}, "services[x]")
    assert service.networks["a"] is None
    assert service.networks["b"] is not None
    assert service.networks["b"].priority == 5
    shown = Fields((("networks", {"a": None, "b": Fields((("priority", 5),))}),))
    assert Struct(ServiceConfig).encode(service, False) == shown
