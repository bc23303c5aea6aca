"""The Engine API's operations (API version 1.51), named as in its specification, in snake_case.

Bodies and answers are the API's JSON as plain dicts and lists: keys and their order are those that
`docker inspect` prints, maps (Networks, Ports, Labels, Options, Containers ...) are sorted by key as Go sorts them,
times are RFC 3339 texts with nanoseconds, `null` is None.  A refusal is
errors.EngineError with the HTTP status and the engine's message: 404 for an unknown container, network or image, 400
for the beginning of several ids.

What changes something or takes time is a generator: `answer = yield from api.container_start("web")`.
What only reads returns its answer at once.
Names: wherever an argument is called `container`, `network` or `image`, it is a name, an id or an unambiguous
beginning of an id, as users type it.

Not modelled: Swarm, plugins, registries and checkpoints.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from vnetsim.docker.api.types import NO_FILTERS, EngineOperation, Filters, Json, LogLine
from vnetsim.process import Context, Input, Output, Terminal

if TYPE_CHECKING:
    from vnetsim.docker.api.build import BuildOptions, FileTree, Report


class APIClient(Protocol):
    """An engine, as its clients see it."""

    # --- containers ------------------------------------------------------------------------------------------------

    def container_create(self, body: Json, name: str | None = None) -> EngineOperation[Json]:
        """`body` is a container's Config with `HostConfig` and `NetworkingConfig`; gives {"Id", "Warnings"}.

        EngineError 409 if the name is taken, 400 for a body that makes no sense.
        """

    def container_stat_path(self, container: str, path: str) -> Json:
        """HEAD of an archive: {"name", "size", "mode" (Go's), "mtime", "linkTarget"}; EngineError 404, 500."""

    def container_get_archive(self, container: str, path: str) -> tuple[Json, bytes]:
        """What `container_stat_path` gives, and a tar archive of a file or a directory; its errors."""

    def container_put_archive(self, container: str, path: str, archive: bytes, replaces: bool = True) -> None:
        """Unpack a tar archive, compressed or not, into a directory.

        `replaces`: a file replaces a directory, and a directory a file.
        EngineError 404, 400 for what is no directory or read-only, 500 for what is no archive.
        """

    def container_export(self, container: str) -> bytes:
        """A tar archive of the container's own files."""

    def container_size(self, container: str) -> Json:
        """`SizeRw`: bytes that it has written over its image; `SizeRootFs`: those of both."""

    def container_changes(self, container: str) -> list[Json] | None:
        """What it changed of its image: {"Path", "Kind"} (0 changed, 1 added, 2 deleted), or None."""

    def container_put_file(self, container: str, path: str, text: str) -> None:
        """PUT /containers/{id}/archive of one text file, with the directories above it."""

    def container_start(self, container: str) -> EngineOperation[None]:
        """Returns when the main process runs; of a running container nothing happens (HTTP 304).

        EngineError 409 for a paused one, 400 for a program that cannot be executed, 500 if its network fails.
        """

    def container_expect_completion(self, container: str) -> None:
        """No operation of the API: a client will wait until this container has ended with status 0.

        Where it is not known what the main process does, it is then assumed to do that.
        """

    def container_stop(self, container: str, timeout: int | None = None, signal: str = "") -> EngineOperation[None]:
        """`signal`, or StopSignal, or SIGTERM, and SIGKILL after `timeout` seconds (10); nothing if it is stopped."""

    def container_restart(self, container: str, timeout: int | None = None, signal: str = "") -> EngineOperation[None]:
        """`container_stop` and then `container_start`, with their errors."""

    def container_kill(self, container: str, signal: str = "KILL") -> EngineOperation[None]:
        """Send a signal to the main process; EngineError 409 if it does not run, 400 for what is no signal."""

    def container_pause(self, container: str) -> EngineOperation[None]:
        """Freeze all processes; EngineError 409 if the container does not run or is paused."""

    def container_unpause(self, container: str) -> EngineOperation[None]:
        """EngineError 500 if the container is not paused."""

    def container_rename(self, container: str, name: str) -> EngineOperation[None]:
        """EngineError 400 for what is no name, 409 for a name that is taken."""

    def container_resize(self, container: str, height: int, width: int) -> None:
        """The size of its terminal, which no program reads; EngineError 409 if it does not run."""

    def container_update(self, container: str, body: Json) -> EngineOperation[Json]:
        """`body` may set RestartPolicy; gives {"Warnings"}."""

    def container_delete(
        self, container: str, force: bool = False, volumes: bool = False, link: bool = False
    ) -> EngineOperation[None]:
        """`link`: `container` is the name of a link, `app/db`, and the link goes; no container does.

        EngineError 409 for a running container without `force`.
        """

    def container_detach(self, container: str, stdout: Output, stderr: Output, by_keys: bool = False) -> None:
        """A client goes away; `by_keys`: the engine has read its detach keys, which is an event."""

    def container_terminal(self, container: str) -> Terminal | None:
        """Where an attached client types for a container that was made with -i and -t, once it runs or is attached.

        A client that wants to see prompts, and what is typed, adds its output to the `screens`.
        """

    def container_attach(
        self, container: str, stdin: Input | None = None, stdout: Output | None = None, stderr: Output | None = None
    ) -> EngineOperation[None]:
        """Connect to the main process and return at once, before or after its start (`docker run` does it before)."""

    def container_wait(self, container: str, condition: str = "not-running") -> EngineOperation[Json]:
        """Gives {"StatusCode": n}, and "Error" {"Message"} if there is one.

        `condition`: `not-running` (returns at once for what does not run), `next-exit`, `removed`, and
        `reset` (its streams were closed: it has ended, or a start has failed).  By its full id
        a container is known here even after --rm has removed it, so `docker run` may start first and wait then.
        """

    def container_runs(self, container: str) -> bool:
        """Whether it runs, without the work of an inspection."""

    def container_prune(self, filters: Filters = NO_FILTERS) -> EngineOperation[Json]:
        """Gives {"ContainersDeleted": [ids] or None, "SpaceReclaimed": 0}."""

    def container_list(self, all: bool = False, filters: Filters = NO_FILTERS, limit: int | None = None) -> list[Json]:  # noqa: A002
        """Newest first: Id Names Image ImageID Command Created(seconds) Ports Labels State Status HostConfig
        NetworkSettings{Networks} Mounts.  `Names` have their slash; Ports are {"IP", "PrivatePort", "PublicPort",
        "Type"}, without IP and PublicPort where only exposed, in no useful order (the client sorts)."""

    def container_inspect(self, container: str) -> Json:
        """The object that `docker inspect` prints."""

    def container_knows_ports(self, container: str) -> bool:
        """Whether it is no assumption at which ports the container's main process listens; EngineError 404."""

    def container_context(self, container: str) -> Context:
        """Where the programs of a running (or paused) container run; EngineError 409 if it does not run."""

    def container_logs(self, container: str) -> list[tuple[str, str]]:
        """What the main process has written so far: pairs of `stdout` or `stderr` and text, in order."""

    def container_log_lines(self, container: str, skip: int = 0) -> list[LogLine]:
        """The lines that `docker logs` shows, without the first `skip`; the last one once it is complete, or over."""

    def container_top(self, container: str, arguments: str = "") -> Json:
        """Gives {"Titles": [...], "Processes": [[...]]} as ps does with these `arguments`, or `-ef`.

        EngineError 409 if it does not run, 500 without a column PID; NotModelled.
        """

    def container_usage(self, container: str) -> Json:
        """What it uses now: `pids`, `limit` of the memory in bytes, `networks` with the counters of each device.

        Empty for one that does not run.
        """

    def exec_create(self, container: str, body: Json) -> EngineOperation[Json]:
        """`body`: Cmd, Env, Tty, User, WorkingDir, Privileged, AttachStdin ...; gives {"Id"}."""

    def exec_start(
        self,
        exec_id: str,
        stdin: Input | None = None,
        stdout: Output | None = None,
        stderr: Output | None = None,
        detach: bool = False,
    ) -> EngineOperation[int | None]:
        """Runs it to its end and gives its exit status; None if it was detached.

        A program that is not there is refused as runc does: the sentence goes to `stdout`, the status is 127.
        """

    def exec_terminal(self, exec_id: str) -> Terminal | None:
        """Where a client types for a program that has a terminal and standard input, before it is started and later.

        `stdin` of `exec_start` is then not read.  A client that wants to see prompts, and what is typed, adds its
        output to the `screens`.
        """

    def exec_detach(self, exec_id: str) -> None:
        """The client leaves the terminal of a program, which goes on."""

    def exec_inspect(self, exec_id: str) -> Json:
        """ID, Running, ExitCode (None while it runs), ProcessConfig, ContainerID, Pid ..."""

    # --- networks --------------------------------------------------------------------------------------------------

    def network_list(self, filters: Filters = NO_FILTERS) -> list[Json]:
        """As network_inspect gives them, Containers empty; in no useful order (the client sorts)."""

    def network_inspect(self, network: str, verbose: bool = False) -> Json:
        """The object that `docker network inspect` prints."""

    def network_create(self, body: Json) -> EngineOperation[Json]:
        """`body`: Name, Driver, EnableIPv4, EnableIPv6, IPAM, Internal, Attachable, Options, Labels, ConfigOnly ...;
        gives {"Id", "Warning"}.

        EngineError 409 if the name is taken, 400 or 403 for a body that makes no sense and for subnets that overlap.
        """

    def network_connect(self, network: str, body: Json) -> EngineOperation[None]:
        """`body`: Container, EndpointConfig {IPAMConfig, Links, Aliases, MacAddress, DriverOpts, GwPriority}.

        EngineError 400 for settings that do not fit, 403 for an address or a name that is taken on the network.
        """

    def network_disconnect(self, network: str, body: Json) -> EngineOperation[None]:
        """`body`: Container, Force.  EngineError 500 if the container is not connected."""

    def network_delete(self, network: str) -> EngineOperation[None]:
        """EngineError 403 for a predefined network, and for one with endpoints."""

    def network_prune(self, filters: Filters = NO_FILTERS) -> EngineOperation[Json]:
        """Gives {"NetworksDeleted": [names] or None}."""

    # --- images and system -----------------------------------------------------------------------------------------

    def image_list(self, all: bool = False, filters: Filters = NO_FILTERS) -> list[Json]:  # noqa: A002
        """`filters`: before, dangling, label, reference, since, until; RepoTags are those that fit."""

    def image_inspect(self, image: str) -> Json:
        """The object that `docker image inspect` prints."""

    def image_history(self, image: str) -> list[Json]:
        """The steps that made it, the latest first: Id, Created, CreatedBy, Tags, Size, Comment."""

    def image_prune(self, filters: Filters = NO_FILTERS) -> EngineOperation[Json]:
        """Gives {"ImagesDeleted": [{"Untagged": name}, {"Deleted": id}] or None, "SpaceReclaimed": bytes}."""

    def build_prune(self, filters: Filters = NO_FILTERS) -> EngineOperation[Json]:
        """Gives {"CachesDeleted": None, "SpaceReclaimed": 0}; EngineError 400 for an `until` that is none."""

    def image_create(self, image: str) -> EngineOperation[list[str]]:
        """`docker pull`: gives the lines of progress; EngineError 500 on a host that reaches no registry."""

    def image_build(self, context: FileTree, options: BuildOptions, report: Report) -> EngineOperation[str]:
        """POST /build: gives the image's id, and reports {"stream": text} and {"aux": {"ID": id}} as it goes.

        EngineError: of the request, if nothing was reported yet; BuildFailed for a command that fails.
        """

    def image_declare(
        self, image: str, text: str, args: Mapping[str, str], target: str = "", context: FileTree | None = None
    ) -> EngineOperation[Json]:
        """No operation of the API: an image of what a Dockerfile declares; gives {"Id"}.

        It has the files of the `context` that COPY and ADD put into it, and nothing of RUN.

        EngineError 400 for what is no Dockerfile; NotModelled.
        """

    def image_commit(
        self, container: str, image: str = "", *, comment: str = "", author: str = "", changes: Sequence[str] = (),
        config: Json | None = None,
    ) -> EngineOperation[Json]:  # fmt: skip
        """POST /commit: gives {"Id"}; `config` are parts of Config that replace the container's."""

    def image_save(self, images: Sequence[str]) -> EngineOperation[bytes]:
        """A tar archive of images, as `docker load` takes it; EngineError 404."""

    def image_load(self, archive: bytes, report: Report, quiet: bool = False) -> EngineOperation[None]:
        """Reports {"stream": "Loaded image: web:1"}; EngineError 500 for what is no archive of images."""

    def image_import(
        self, archive: bytes, image: str = "", *, message: str = "", changes: Sequence[str] = (), source: str = "-"
    ) -> EngineOperation[str]:
        """An image of one layer, the archive of a file system; gives its id."""

    def image_tag(self, image: str, target: str) -> EngineOperation[None]:
        """`docker tag`: EngineError 404 for an unknown image, 400 for a bad reference."""

    def image_delete(self, image: str, force: bool = False, prune: bool = True) -> EngineOperation[list[Json]]:
        """`docker rmi`: {"Untagged": name} and {"Deleted": id}, also of parents without a name (`prune`).

        EngineError 404, 409 for one that is in use.
        """

    def volume_create(self, body: Json) -> EngineOperation[Json]:
        """`body`: {"Name", "Driver", "DriverOpts", "Labels"}; gives the object of `volume_inspect`."""

    def volume_list(self, filters: Filters = NO_FILTERS) -> list[Json]:
        """`filters`: dangling, driver, label, name."""

    def volume_inspect(self, volume: str) -> Json:
        """The object that `docker volume inspect` prints; EngineError 404 if there is no such volume."""

    def volume_delete(self, volume: str, force: bool = False) -> EngineOperation[None]:
        """EngineError 409 while a container uses it; `force` ignores that there is none."""

    def volume_prune(self, filters: Filters = NO_FILTERS) -> EngineOperation[Json]:
        """Gives {"VolumesDeleted": [names], "SpaceReclaimed": 0}."""

    def system_version(self) -> Json:
        """The server's part of `docker version`: Platform, Components, Version, ApiVersion ..."""

    def system_info(self) -> Json:
        """The server's part of `docker info`."""

    def system_events(self, filters: Filters = NO_FILTERS, skip: int = 0) -> list[Json]:
        """Those of the last 256 that match, oldest first, without the first `skip` that there were.

        Type Action Actor{ID, Attributes} scope time timeNano.
        """

    def system_disk_usage(self) -> Json:
        """`LayersSize` in bytes, `Images`, `Containers`, `Volumes`, `BuildCache`."""

    def system_event_count(self) -> int:
        """How many events there have been since the engine started."""

    def ping(self) -> str:
        """Gives `OK`."""
