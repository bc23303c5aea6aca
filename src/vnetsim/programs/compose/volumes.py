"""A project's volumes, and the mounts of its services (pkg/compose/create.go, down.go)."""

from __future__ import annotations

from vnetsim.compose.model import Project, VolumeConfig
from vnetsim.compose.render import volume_hash
from vnetsim.compose.service import ServiceConfig, ServiceVolumeConfig
from vnetsim.errors import EngineError
from vnetsim.programs.compose.session import (
    API_VERSION,
    HASH_LABEL,
    PROJECT_LABEL,
    VERSION_LABEL,
    ComposeSession,
    Json,
    Step,
)
from vnetsim.programs.docker.cobra import CommandError

_VOLUME_LABEL = "com.docker.compose.volume"


def ensure_volumes(session: ComposeSession, project: Project) -> Step:
    """The volumes that the project declares, made where they are not there."""
    for key, volume in sorted(project.volumes.items()):
        if _exists(session, volume.name):
            continue
        if volume.external:
            raise CommandError(f'external volume "{volume.name}" not found')
        create = session.docker.engine.volume_create(_request(project, key, volume))
        yield from session.progress(f"Volume {volume.name}", "Creating", "Created", create, failed="Error")


def _request(project: Project, key: str, volume: VolumeConfig) -> Json:
    own = {
        HASH_LABEL: volume_hash(volume),
        _VOLUME_LABEL: key,
        PROJECT_LABEL: project.name,
        VERSION_LABEL: API_VERSION,
    }
    return {
        "Name": volume.name,
        "Driver": volume.driver,
        "DriverOpts": volume.driver_opts,
        "Labels": {**volume.labels, **own},
    }


def _exists(session: ComposeSession, name: str) -> bool:
    try:
        session.docker.engine.volume_inspect(name)
    except EngineError:
        return False
    return True


def remove_volumes(session: ComposeSession, project: Project) -> Step:
    """`docker compose down -v`."""
    for _, volume in sorted(project.volumes.items()):
        if not volume.external:
            yield from _remove(session, volume.name)


def _remove(session: ComposeSession, name: str) -> Step:
    event = f"Volume {name}"
    if not _exists(session, name):
        return
    session.event(event, "Removing")
    try:
        yield from session.docker.engine.volume_delete(name, force=True)
    except EngineError as error:
        if error.status != 409:
            raise
        session.event(event, "Resource is still in use")
        return
    session.event(event, "Removed")


def binds_of(project: Project, service: ServiceConfig) -> list[str]:
    """toBindString: binds and named volumes, as `docker run -v` takes them."""
    return [_bind(project, one) for one in service.volumes if one.source and one.type in ("bind", "volume")]


def _bind(project: Project, one: ServiceVolumeConfig) -> str:
    named = project.volumes.get(one.source) if one.type == "volume" else None
    options = ["ro" if one.read_only else "rw"]
    if one.bind is not None:
        options += [option for option in (one.bind.selinux, one.bind.propagation) if option]
    if one.volume is not None and one.volume.nocopy:
        options.append("nocopy")
    return f"{one.source if named is None else named.name}:{one.target}:{','.join(options)}"


def mounts_of(service: ServiceConfig) -> list[Json]:
    """Anonymous volumes and tmpfs."""
    return [
        {"Type": one.type, "Target": one.target, "ReadOnly": one.read_only}
        for one in service.volumes
        if one.type == "tmpfs" or (one.type == "volume" and not one.source)
    ]
