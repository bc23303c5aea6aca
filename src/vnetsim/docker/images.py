"""The catalogue of images: a name, what it exposes, its environment and what its main process does.

All of them carry the same file system and the same tools (those of the recorded machine, whose images are layers on
one base).  An image that is not here is refused as a host whose registry cannot be reached refuses it.

Not modelled: registries, tags other than `latest`, digests, building, layers, users, volumes, health checks.
"""

from __future__ import annotations

import hashlib
from typing import Final

import attrs

from vnetsim.docker.api import Json
from vnetsim.errors import EngineError

PATH: Final = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#: What every container finds in its file system, apart from what the engine writes into it.
FILES: Final = {
    "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\n",
    "/etc/group": "root:x:0:\n",
    "/etc/nsswitch.conf": "hosts:          files dns\n",
    "/www/index.html": "it works\n",
}

#: The programs of the images' file system, by the package they come from.
PROGRAMS: Final = frozenset((
    *("ip", "bridge", "ss", "tc"),
    *("ping", "ping4", "ping6", "arping", "tracepath"),
    *("dig", "delv", "host", "nslookup", "nsupdate"),
    *("curl", "nc", "netcat", "busybox", "tcpdump", "traceroute", "traceroute6"),
    *("ps", "sysctl", "free", "top", "uptime", "watch", "pgrep", "pkill", "pidof", "kill"),
    *("sh", "bash", "dash", "hostname", "getent", "grep", "egrep", "fgrep", "sed", "awk", "find", "xargs"),
    *("cat", "echo", "ls", "sleep", "true", "false", "head", "tail", "wc", "sort", "uniq", "cut", "tr", "date", "env"),
    *("printenv", "printf", "seq", "test", "[", "expr", "basename", "dirname", "touch", "rm", "mkdir", "rmdir", "mv"),
    *("cp", "tee", "timeout", "yes", "whoami", "id", "uname", "pwd", "stat", "od", "md5sum", "nproc"),
    *("nsenter", "unshare", "mount", "umount"),
))  # fmt: skip


@attrs.frozen
class Image:
    name: str
    command: tuple[str, ...]
    exposed: tuple[str, ...] = ()
    environment: tuple[str, ...] = (PATH,)

    @property
    def id(self) -> str:
        """Decided by the name, so that it is the same everywhere."""
        return "sha256:" + hashlib.sha256(self.name.encode()).hexdigest()

    @property
    def reference(self) -> str:
        return f"{self.name}:latest"


_SLEEP: Final = ("sleep", "1000000")


def _web(port: int) -> tuple[str, ...]:
    return ("busybox", "httpd", "-f", "-p", str(port), "-h", "/www")


def _listener(port: int) -> tuple[str, ...]:
    return ("nc", "-lk", str(port))


CATALOGUE: Final = {
    image.name: image
    for image in (
        Image("nettools", _SLEEP),
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
    """`nginx`, `nginx:latest` or an id; EngineError 404 as an engine without that image says it."""
    name, _, tag = reference.partition(":")
    name = name.removeprefix("docker.io/").removeprefix("library/")
    if name in CATALOGUE and tag in ("", "latest"):
        return CATALOGUE[name]
    for image in CATALOGUE.values():
        if len(reference) >= 4 and image.id.removeprefix("sha256:").startswith(reference.removeprefix("sha256:")):
            return image
    raise EngineError(404, f"No such image: {name}:{tag or 'latest'}")


def summary(image: Image, created: int) -> Json:
    """An entry of `docker images`; `created` in seconds since 1970."""
    return {
        "Containers": -1, "Created": created, "Id": image.id, "Labels": None, "ParentId": "", "RepoDigests": [],
        "RepoTags": [image.reference], "SharedSize": -1, "Size": 0,
    }  # fmt: skip


def inspect(image: Image, created: str) -> Json:
    config: Json = {
        "Hostname": "", "Domainname": "", "User": "", "AttachStdin": False, "AttachStdout": False,
        "AttachStderr": False, "Tty": False, "OpenStdin": False, "StdinOnce": False, "Env": list(image.environment),
        "Cmd": list(image.command), "Image": "", "Volumes": None, "WorkingDir": "", "Entrypoint": None,
        "OnBuild": None, "Labels": None,
    }  # fmt: skip
    if image.exposed:
        config["ExposedPorts"] = {port: {} for port in image.exposed}
    return {
        "Id": image.id, "RepoTags": [image.reference], "RepoDigests": [], "Parent": "", "Comment": "",
        "Created": created, "DockerVersion": "", "Author": "", "Config": config, "Architecture": "amd64",
        "Os": "linux", "Size": 0, "GraphDriver": {"Data": None, "Name": "overlay2"},
        "RootFS": {"Type": "layers"}, "Metadata": {"LastTagTime": created},
    }  # fmt: skip
