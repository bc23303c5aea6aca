"""What images, containers and volumes take of the disk (daemon/disk_usage.go of moby 28.5).

Layers are counted once, what containers have written is counted.  Not modelled: the build cache (of BuildKit), and the
size of what is in volumes, which is 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from vnetsim.docker.api.types import Json
from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon.changes import of_container
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.daemon.list_images import select_images


def disk_usage(daemon: Daemon, containers: Sequence[Json], volumes: Sequence[Json]) -> Json:
    """`LayersSize` in bytes, `Images`, `Containers`, `Volumes`, `BuildCache`."""
    listed = select_images(daemon.images, daemon.now(), {})
    sizes, users = _layers(daemon, listed)
    images = [_image(daemon, one, containers, users) for one in listed]
    return {
        "LayersSize": sum(sizes.values()),
        "Images": images,
        "Containers": [_container(daemon, one) for one in containers],
        "Volumes": [{**one, "UsageData": {"RefCount": _users(one, containers), "Size": 0}} for one in volumes],
        "BuildCache": [],
    }


def _layers(daemon: Daemon, images: Sequence[Json]) -> tuple[dict[str, int], Counter[str]]:
    """Sizes by the ids of chains, and how many images have each."""
    sizes: dict[str, int] = {}
    users: Counter[str] = Counter()
    for one in images:
        image = daemon.images.find(one["Id"])
        chain = daemon.images.chain(image)
        sizes |= zip(chain, (layer.size for layer in daemon.images.origin(image).layers), strict=True)
        users.update(chain)
    return sizes, users


def _image(daemon: Daemon, entry: Json, containers: Sequence[Json], users: Counter[str]) -> Json:
    image = daemon.images.find(entry["Id"])
    layers = zip(daemon.images.chain(image), daemon.images.origin(image).layers, strict=True)
    return {
        **entry,
        "Containers": sum(one["ImageID"] == entry["Id"] for one in containers),
        "RepoDigests": None,
        "SharedSize": sum(layer.size for each, layer in layers if users[each] > 1),
    }


def container_size(daemon: Daemon, container: Container) -> Json:
    """`SizeRw`, `SizeRootFs` in bytes."""
    written = of_container(daemon, container).size
    image = sum(layer.size for layer in daemon.images.origin(container.image).layers)
    return {"SizeRw": written, "SizeRootFs": image + written}


def _container(daemon: Daemon, container: Json) -> Json:
    sizes = container_size(daemon, daemon.containers.find(container["Id"]))
    return {**container, **{name: size for name, size in sizes.items() if size}}


def _users(volume: Json, containers: Sequence[Json]) -> int:
    return sum(any(mount.get("Name") == volume["Name"] for mount in one["Mounts"]) for one in containers)
