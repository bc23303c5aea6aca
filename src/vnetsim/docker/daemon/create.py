"""Creating containers from requests (daemon/create.go, container.go of moby 28.5)."""

from __future__ import annotations

import re
from typing import Final

from vnetsim.docker.api.network import EndpointSettings, is_user_defined
from vnetsim.docker.api.types import Json
from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.daemon.endpoint_settings import validate
from vnetsim.docker.daemon.links import parse_link
from vnetsim.docker.daemon.mounted import check_source
from vnetsim.docker.gotypes import bullets, quote
from vnetsim.docker.libnetwork.network import DockerNetwork
from vnetsim.docker.libnetwork.sandbox_dns import SandboxFiles
from vnetsim.docker.namesgenerator import container_name
from vnetsim.docker.runconfig import resources
from vnetsim.docker.runconfig import validate as validation
from vnetsim.docker.runconfig.config import CONFIG, HOST_CONFIG, compact, merged_config
from vnetsim.docker.runconfig.config import host_config as merged_host_config
from vnetsim.docker.signal import check_signal
from vnetsim.docker.stringid import short
from vnetsim.docker.volumes import MountPoints, check_from
from vnetsim.errors import EngineError, NotModelled

_NAME: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_NAME_PATTERN: Final = "[a-zA-Z0-9][a-zA-Z0-9_.-]"


class Creation:
    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    def create(self, body: Json, name: str | None) -> tuple[Container, list[str]]:
        """The new container and warnings; after EngineError there is no container."""
        host_config = merged_host_config(body)
        validation.check_modes(body, host_config)
        validation.check_host_config(host_config)
        resources.check(host_config, body.get("WorkingDir") or "", self._daemon.containers.find)
        check_signal(body.get("StopSignal") or "")
        validation.check_mounts(host_config)
        validation.check_health(body.get("Healthcheck"))
        validation.check_fields(body)
        validation.check_security(host_config)
        image = self._daemon.images.find(body.get("Image") or "")
        settings = self._endpoint_settings(body, host_config)
        validation.check_sysctls(host_config)
        config = merged_config(body, image)
        container_id = self._daemon.new_id()
        chosen = self._name(name, container_id)
        self._join_by_id(host_config)
        if not config["Hostname"]:
            is_host = host_config["NetworkMode"] == "host"
            config["Hostname"] = self._daemon.machine.hostname if is_host else short(container_id)
        container = Container(
            id=container_id, name=chosen, created=self._daemon.now(), image=image, config=compact(CONFIG, config),
            host_config=compact(HOST_CONFIG, host_config), etc=SandboxFiles(self._daemon.host.files),
            now=self._daemon.now,
        )  # fmt: skip
        container.mounts = self._mounts(config, host_config)
        self._register_links(container)
        self._attach(container, settings)
        self._daemon.containers.add(container)
        self._daemon.events.container(container, "create")
        return container, self._warnings(host_config)

    def _warnings(self, host_config: Json) -> list[str]:
        mode = host_config["NetworkMode"]
        warnings = []
        if not self._daemon.forwards and mode not in ("host", "none"):
            warnings.append("IPv4 forwarding is disabled. Networking will not work.")
        if mode == "host" and host_config["PortBindings"]:
            warnings.append("Published ports are discarded when using host network mode")
        return warnings + resources.warnings(host_config)

    def _mounts(self, config: Json, host_config: Json) -> list[Json]:
        """registerMountPoints."""
        points = MountPoints(self._daemon.volumes, self._daemon.now(), self._daemon.new_id)
        for spec in host_config["VolumesFrom"] or ():
            name, mode = check_from(spec)
            points.add_from(self._source_of_volumes(name).mounts, mode)
        for spec in host_config["Binds"] or ():
            points.add_bind(spec, host_config["VolumeDriver"])
        for mount in host_config["Mounts"] or ():
            points.add_mount(mount)
            check_source(self._daemon, mount)
        for destination in config["Volumes"] or ():
            points.add_anonymous(destination)
        return list(points.found.values())

    def _source_of_volumes(self, name: str) -> Container:
        try:
            return self._daemon.containers.find(name)
        except EngineError as error:
            raise EngineError(400, error.message) from None

    # --- names ---------------------------------------------------------------------------------------------------

    def _name(self, wanted: str | None, container_id: str) -> str:
        if not wanted:
            taken = self._daemon.containers.named
            return container_name(self._daemon.machine.random, lambda name: taken(name) is not None)
        return self.reserve(wanted, container_id)

    def reserve(self, wanted: str, container_id: str) -> str:
        """`wanted` without its slash; EngineError if it is no name or another container's."""
        name = wanted.removeprefix("/")
        if not _NAME.fullmatch(name):
            raise EngineError(400, f"Invalid container name ({wanted}), only {_NAME_PATTERN} are allowed")
        other = self._daemon.containers.named(name)
        if other is not None and other.id != container_id:
            message = "You have to remove (or rename) that container to be able to reuse that name."
            used = f"The container name {quote(f'/{name}')} is already in use by container {quote(other.id)}"
            raise EngineError(409, f"Conflict. {used}. {message}")
        return name

    # --- networks --------------------------------------------------------------------------------------------------

    def _find(self, term: str) -> DockerNetwork | None:
        try:
            return self._daemon.networks.find(term)
        except EngineError:
            return None

    def _endpoint_settings(self, body: Json, host_config: Json) -> dict[str, EndpointSettings]:
        """The requested settings by network; EngineError 400 with all errors."""
        bodies: Json = (body.get("NetworkingConfig") or {}).get("EndpointsConfig") or {}
        settings = {name: EndpointSettings.of(endpoint) for name, endpoint in sorted(bodies.items())}
        mode = host_config["NetworkMode"]
        if "default" in settings:
            settings[mode] = settings.pop("default")
        mac = body.get("MacAddress") or ""
        if mac and (mode == "bridge" or is_user_defined(mode)):
            _take_mac(settings.setdefault(mode, EndpointSettings()), mac)
        self._validate(settings)
        return settings

    def _validate(self, settings: dict[str, EndpointSettings]) -> None:
        errors = []
        for name, endpoint in settings.items():
            try:
                validate(self._find(name), name, endpoint)
            except EngineError as error:
                errors.append(f"invalid config for network {name}: {error.message}")
        if errors:
            raise EngineError(400, bullets(errors))

    def _join_by_id(self, host_config: Json) -> None:
        """Expand `container:web` to the whole id, if the container exists."""
        mode: str = host_config["NetworkMode"]
        if mode.startswith("container:"):
            try:
                other = self._daemon.containers.find(mode.removeprefix("container:"))
            except EngineError:
                return
            host_config["NetworkMode"] = f"container:{other.id}"

    def _attach(self, container: Container, settings: dict[str, EndpointSettings]) -> None:
        """Set the networks that the container will join, by name where they exist."""
        if container.joins is not None:
            return
        mode = container.mode
        for term, endpoint in settings.items() or {mode: EndpointSettings()}.items():
            network = self._find(term) if is_user_defined(term) else None
            if network is not None and term == mode and term not in (network.id, network.name):
                container.host_config["NetworkMode"] = network.id
            container.attachments.set(term if network is None else network.name, endpoint)
        main = container.attachments.get(container.mode)
        if is_user_defined(container.mode) and main is not None and not main.links:
            main.links = container.host_config["Links"]

    # --- links -----------------------------------------------------------------------------------------------------

    def _register_links(self, container: Container) -> None:
        """--link of a container on the default bridge."""
        if is_user_defined(container.mode):
            return
        for text in container.host_config["Links"] or ():
            name, alias = parse_link(text)
            child = self._linked(name)
            met = {child.id}
            while child.joins is not None:
                child = self._linked(child.joins)
                if child.id in met:
                    raise NotModelled("a link to a container that joins itself, to which the engine never answers")
                met.add(child.id)
            if child.mode == "host":
                raise EngineError(400, validation.HOST_AND_LINKS)
            self._daemon.links.add(container, f"/{container.name}/{alias}", child)

    def _linked(self, name: str) -> Container:
        try:
            return self._daemon.containers.find(name)
        except EngineError as error:
            raise EngineError(400, f"could not get container for {name}: {error.message}") from None


def _take_mac(settings: EndpointSettings, mac: str) -> None:
    """--mac-address without a network applies to the container's main one."""
    wanted = EndpointSettings.of({"MacAddress": mac})
    if settings.desired_mac and settings.desired_mac != wanted.desired_mac:
        message = "the container-wide MAC address must match the endpoint-specific MAC address for the main network"
        raise EngineError(400, f"{message}, or be left empty")
    settings.mac = settings.desired_mac = wanted.desired_mac
