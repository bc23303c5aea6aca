"""api/types/volume as the docker command (28.2.2) knows it."""

from __future__ import annotations

from typing import Final

from vnetsim.programs.docker.go.values import ANY, STRING, STRING_MAP, map_of, structure
from vnetsim.programs.docker.types.fields import fields, opaque_pointer

VOLUME: Final = structure(
    "volume.Volume",
    *fields(opaque_pointer("volume.ClusterVolume"), "ClusterVolume?"),
    *fields(STRING, "CreatedAt?", "Driver"),
    *fields(STRING_MAP, "Labels"),
    *fields(STRING, "Mountpoint", "Name"),
    *fields(STRING_MAP, "Options"),
    *fields(STRING, "Scope"),
    *fields(map_of(ANY), "Status?"),
    *fields(opaque_pointer("volume.UsageData"), "UsageData?"),
)
