"""Secrets and configs: those of files are mounted, others are written into the container (pkg/compose/secrets.go).

A file that is not there is an assumption in a lab where images can be pulled; the recorded engine refuses it.
Not modelled: `uid`, `gid` and `mode`, which files of a container do not have.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final

from vnetsim.compose.deployment import FileReferenceConfig
from vnetsim.compose.model import FileObjectConfig, Project
from vnetsim.compose.service import ServiceConfig
from vnetsim.programs.compose.session import ComposeSession, Json
from vnetsim.programs.docker.cobra import CommandError
from vnetsim.values import frozen

_SECRETS: Final = "/run/secrets"


@frozen
class _Use:
    """A secret or a config that a service uses, and its path in the container."""

    kind: str
    reference: FileReferenceConfig
    definition: FileObjectConfig
    target: str


def _uses(project: Project, service: ServiceConfig) -> Iterator[_Use]:
    for reference in service.secrets:
        target = posixpath.join(_SECRETS, reference.target or reference.source)
        yield _Use("secret", reference, project.secrets[reference.source], target)
    for reference in service.configs:
        target = posixpath.join("/", reference.target or reference.source)
        yield _Use("config", reference, project.configs[reference.source], target)


def file_mounts(session: ComposeSession, project: Project, service: ServiceConfig) -> list[Json]:
    """buildContainerSecretMounts, buildContainerConfigMounts; CommandError for external ones."""
    mounts: list[Json] = []
    for use in _uses(project, service):
        definition, reference = use.definition, use.reference
        if definition.external:
            raise CommandError(f"unsupported external {use.kind} {reference.source}")
        if definition.environment or definition.content or not definition.file:
            continue
        if reference.uid or reference.gid or reference.mode is not None:
            session.warn(f"{use.kind}s `uid`, `gid` and `mode` are not supported, they will be ignored")
        if not session.process.files.exists(definition.file):
            if use.kind == "secret":
                session.warn(f"secret file {definition.name} does not exist")
            session.process.machine.assume(f"{definition.file}, of {use.kind} {reference.source}, is assumed to exist")
        mount = {"Type": "bind", "Source": definition.file, "Target": use.target, "ReadOnly": True}
        mounts.append({**mount, "BindOptions": {}} if use.kind == "secret" else mount)
    return mounts


def inject(session: ComposeSession, project: Project, service: ServiceConfig, container: str) -> None:
    """injectSecrets, injectConfigs: what is no file is written into the container before it starts."""
    for use in _uses(project, service):
        definition = use.definition
        if definition.external or not (definition.environment or definition.content):
            continue
        text = definition.content
        if definition.environment:
            if definition.environment not in project.environment:
                what = f'required by {use.kind} "{definition.name}" is not set'
                raise CommandError(f'environment variable "{definition.environment}" {what}')
            text = project.environment[definition.environment]
        if service.read_only:
            reason = "`file` is the sole supported option"
            raise CommandError(
                f'cannot create {use.kind} "{definition.name}" in read-only service {service.name}: {reason}'
            )
        session.docker.engine.container_put_file(container, use.target, text)
