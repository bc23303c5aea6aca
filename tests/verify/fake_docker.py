"""A `docker` for tests: an engine that is a file beside it.  It makes, lists and removes, and answers nothing else.

`docker wait` opens the pipe `began` for writing and then never comes back, so that a test can come in between.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
State = dict[str, dict[str, dict[str, str]]]
STATE = HERE / "state.json"


def option(words: list[str], name: str) -> str:
    return words[words.index(name) + 1] if name in words else ""


def make(state: State, kind: str, name: str, words: list[str]) -> None:
    if name in (thing["name"] for thing in state[kind].values()):
        sys.exit(f"Error response from daemon: Conflict. {name} is in use")
    identity = f"{sum(map(len, state.values())) + 1:x}".ljust(64, "a")
    state[kind][identity] = {"name": name, "label": option(words, "--label"), "from": option(words, "--config-from")}
    print(identity)


def listed(state: State, kind: str, words: list[str]) -> None:
    wanted = option(words, "--filter").removeprefix("label=")
    for identity, thing in state[kind].items():
        if wanted and wanted not in (thing["label"], thing["label"].partition("=")[0]):
            continue
        asked = option(words, "--format")
        label = thing["label"].partition("=")[2]
        print(identity if "-q" in words else label if ".Label" in asked else thing["name"])


def remove(state: State, kind: str, words: list[str]) -> None:
    for identity, thing in list(state[kind].items()):
        if identity in words or thing["name"] in words:
            del state[kind][identity]


def answer(state: State, words: list[str]) -> None:  # noqa: C901 -- a table
    match words:
        case ["version", "--format", "{{json .}}"]:
            server = {
                "Version": "28.5.2",
                "ApiVersion": "1.51",
                "Components": [{"Name": "containerd", "Version": "2.1"}],
            }
            print(json.dumps({"Client": {"Version": "28.2.2", "ApiVersion": "1.50"}, "Server": server}))
        case ["info", *_]:
            print(json.dumps({"KernelVersion": "6.1", "Swarm": {"LocalNodeState": "inactive"}}))
        case ["images", *_]:
            print("alpine:latest 0123456789ab")
        case ["ps", *rest]:
            listed(state, "container", rest)
        case [("container" | "network" | "volume") as kind, "ls", *rest]:
            listed(state, kind, rest)
        case [("container" | "network" | "volume") as kind, "rm", *rest]:
            remove(state, kind, rest)
        case ["network", "inspect", "-f", "{{.Name}}", *rest]:
            print("\n".join(thing["name"] for identity, thing in state["network"].items() if identity in rest))
        case ["network", "inspect", "-f", _, *rest]:
            told = ((identity, state["network"][identity].get("from", "")) for identity in rest)
            print("\n".join(map(" ".join, told)))
        case ["run", *rest]:
            make(state, "container", option(rest, "--name"), rest)
        case ["network", "create", *rest]:
            make(state, "network", rest[-1], rest)
        case ["wait", *_]:
            (HERE / "began").open("w").close()
            (HERE / "never").open()


def main() -> None:
    words = sys.argv[1:]
    with (HERE / "calls").open("a") as calls:
        calls.write(" ".join(words) + "\n")
    state = json.loads(STATE.read_text())
    answer(state, words)
    STATE.write_text(json.dumps(state))


main()
