"""api/types/image as the docker command (28.2.2) knows it."""

from __future__ import annotations

from typing import Final

from vnetsim.programs.docker.go.times import TIME
from vnetsim.programs.docker.go.values import (
    BOOL,
    EMPTY_STRUCT,
    INT64,
    STRING,
    STRING_MAP,
    STRINGS,
    map_of,
    pointer_to,
    structure,
)
from vnetsim.programs.docker.types.container import CONFIG, DRIVER_DATA
from vnetsim.programs.docker.types.fields import embedded, fields, opaque, opaque_pointer

_IMAGE_CONFIG: Final = structure(
    "v1.ImageConfig",
    *fields(STRING, "User?"),
    *fields(map_of(EMPTY_STRUCT), "ExposedPorts?"),
    *fields(STRINGS, "Env?", "Entrypoint?", "Cmd?"),
    *fields(map_of(EMPTY_STRUCT), "Volumes?"),
    *fields(STRING, "WorkingDir?"),
    *fields(STRING_MAP, "Labels?"),
    *fields(STRING, "StopSignal?"),
    *fields(BOOL, "ArgsEscaped?"),
)
_IMAGE_CONFIG_EXTENSION: Final = structure(
    "v1.DockerOCIImageConfigExt",
    *fields(opaque_pointer("v1.HealthcheckConfig"), "Healthcheck?"),
    *fields(STRINGS, "OnBuild?", "Shell?"),
)
_DOCKER_IMAGE_CONFIG: Final = structure(
    "v1.DockerOCIImageConfig",
    embedded("ImageConfig", _IMAGE_CONFIG),
    embedded("DockerOCIImageConfigExt", _IMAGE_CONFIG_EXTENSION),
)
IMAGE: Final = structure(
    "image.InspectResponse",
    *fields(STRING, "ID=Id"),
    *fields(STRINGS, "RepoTags", "RepoDigests"),
    *fields(STRING, "Parent", "Comment", "Created?", "Container?"),
    *fields(pointer_to(CONFIG), "ContainerConfig?"),
    *fields(STRING, "DockerVersion", "Author"),
    *fields(pointer_to(_DOCKER_IMAGE_CONFIG), "Config"),
    *fields(STRING, "Architecture", "Variant?", "Os", "OsVersion?"),
    *fields(INT64, "Size", "VirtualSize?"),
    *fields(DRIVER_DATA, "GraphDriver"),
    *fields(structure("image.RootFS", *fields(STRING, "Type?"), *fields(STRINGS, "Layers?")), "RootFS"),
    *fields(structure("image.Metadata", *fields(TIME, "LastTagTime?")), "Metadata"),
    *fields(opaque_pointer("v1.Descriptor"), "Descriptor?"),
    *fields(opaque("[]image.ManifestSummary"), "Manifests?"),
)
