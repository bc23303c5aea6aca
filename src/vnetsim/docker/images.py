"""The catalogue of images: name, exposed ports, environment and command.

All of them carry the same file system and the same tools (those of the recorded machine, whose images are layers on
one base).  An image that is not here is refused as a host whose registry cannot be reached refuses it.

Not modelled: registries, tags other than `latest`, digests, building, layers, users, volumes, health checks.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final

import attrs

from vnetsim.docker.api.types import Json
from vnetsim.errors import EngineError

#: The version of the modelled engine.
VERSION: Final = "28.5.2+dfsg4"

PATH: Final = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#: The files of each container, besides those that the engine writes.
FILES: Final = {
    "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\n",
    "/etc/group": "root:x:0:\n",
    "/etc/nsswitch.conf": "hosts:          files dns\n",
    "/www/index.html": "it works\n",
}

#: The programs of the images, by package.
PROGRAMS: Final = frozenset((
    *("ip", "bridge", "ss", "tc"),
    *("ping", "ping4", "ping6", "arping", "tracepath"),
    *("dig", "delv", "host", "nslookup", "nsupdate"),
    *("curl", "nc", "netcat", "busybox", "tcpdump", "traceroute", "traceroute6"),
    *("ps", "sysctl", "free", "top", "uptime", "watch", "pgrep", "pkill", "pidof", "kill"),
    *("sh", "bash", "dash", "hostname", "getent", "grep", "egrep", "fgrep", "sed", "awk", "find", "xargs"),
    *("cat", "echo", "ls", "sleep", "true", "false", "head", "tail", "wc", "sort", "uniq", "cut", "tr", "date", "env"),
    *("printenv", "printf", "seq", "test", "[", "expr", "basename", "dirname", "touch", "rm", "mkdir", "rmdir", "mv"),
    *("cp", "tee", "timeout", "which", "yes", "whoami", "id", "uname", "pwd", "stat", "od", "md5sum", "nproc"),
    *("nsenter", "unshare", "mount", "umount"),
))  # fmt: skip


@attrs.frozen
class Image:
    """`base` is the image it was built on: all but one are built on `nettools`."""

    name: str
    command: tuple[str, ...]
    exposed: tuple[str, ...] = ()
    environment: tuple[str, ...] = (PATH,)
    base: str = "nettools"

    @property
    def id(self) -> str:
        """A hash of the contents: images that do the same are one image with several names."""
        return "sha256:" + _digest(self.base, *self.command, *self.exposed, *self.environment)

    @property
    def reference(self) -> str:
        return f"{self.name}:latest"

    @property
    def names(self) -> list[str]:
        """`httpd:latest`, `nginx:latest`: those of all images that are the same."""
        return sorted(other.reference for other in CATALOGUE.values() if other.id == self.id)

    @property
    def layer(self) -> str:
        """The one layer that all images have."""
        return f"/var/lib/docker/overlay2/{_digest('layer')}"


@lru_cache(1024)
def _digest(*contents: str) -> str:
    return hashlib.sha256("\n".join(contents).encode()).hexdigest()


_SLEEP: Final = ("sleep", "1000000")


def _web(port: int) -> tuple[str, ...]:
    return ("busybox", "httpd", "-f", "-p", str(port), "-h", "/www")


def _listener(port: int) -> tuple[str, ...]:
    return ("nc", "-lk", str(port))


CATALOGUE: Final = {
    image.name: image
    for image in (
        Image("nettools", _SLEEP, base=""),
        Image("alpine", _SLEEP),
        Image("busybox", _SLEEP),
        Image("debian", _SLEEP),
        Image("ubuntu", _SLEEP),
        Image("tomcat", _web(8080), ("8080/tcp",)),
        Image("nginx", _web(80), ("80/tcp",)),
        Image("httpd", _web(80), ("80/tcp",)),
        Image("redis", _listener(6379), ("6379/tcp",)),
        Image("postgres", _listener(5432), ("5432/tcp",)),
        Image("mysql", _listener(3306), ("3306/tcp",)),
    )
}


def find(reference: str) -> Image:
    """`nginx`, `nginx:latest` or an id; EngineError 404 if the catalogue lacks it."""
    if not reference:
        raise EngineError(400, "invalid reference format")
    path, slash, last = reference.rpartition("/")
    base, _, tag = last.partition(":")
    name = f"{path}{slash}{base}"
    name = name.removeprefix("docker.io/").removeprefix("library/")
    if name in CATALOGUE and tag in ("", "latest"):
        return CATALOGUE[name]
    for image in CATALOGUE.values():
        if len(reference) >= 4 and image.id.removeprefix("sha256:").startswith(reference.removeprefix("sha256:")):
            return image
    raise EngineError(404, f"No such image: {name}:{tag or 'latest'}")


def every_image() -> list[Image]:
    """One of each."""
    return list({image.id: image for image in CATALOGUE.values()}.values())


def summary(image: Image, created: int) -> Json:
    """An entry of `docker images`; `created` in seconds since 1970."""
    return {
        "Containers": -1, "Created": created, "Id": image.id, "Labels": None, "ParentId": _parent(image),
        "RepoDigests": [], "RepoTags": image.names, "SharedSize": -1, "Size": _SIZE,
    }  # fmt: skip


#: Bytes of the recorded image.
_SIZE: Final = 125_572_423


def _parent(image: Image) -> str:
    return CATALOGUE[image.base].id if image.base else ""


def inspect(image: Image, created: str) -> Json:
    """`created` as an RFC 3339 time."""
    config: Json = {"Cmd": list(image.command), "Entrypoint": None, "Env": list(image.environment)}
    if image.exposed:
        config["ExposedPorts"] = {port: {} for port in image.exposed}
    config |= {"Labels": None, "OnBuild": None, "User": "", "Volumes": None, "WorkingDir": ""}
    directories = {f"{kind}Dir": f"{image.layer}/{name}" for kind, name in _DIRECTORIES}
    return {
        "Id": image.id, "RepoTags": image.names, "RepoDigests": [], "Parent": _parent(image), "Comment": "",
        "Created": created, "DockerVersion": VERSION, "Author": "", "Architecture": "amd64", "Os": "linux",
        "Size": _SIZE, "GraphDriver": {"Data": directories, "Name": "overlay2"},
        "RootFS": {"Type": "layers", "Layers": [f"sha256:{_digest('layer', 'content')}"]},
        "Metadata": {"LastTagTime": created}, "Config": config,
    }  # fmt: skip


_DIRECTORIES: Final = (("Merged", "merged"), ("Upper", "diff"), ("Work", "work"))
