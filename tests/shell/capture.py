"""Record again what the real bash and dash answer to the commands of recorded.json (needs both; run it by hand).

python tests/shell/capture.py [tests/programs/recorded.json]
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

HOME = Path("/tmp/home")
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(HOME), "LC_ALL": "C"}


def answer(shell: str, command: str) -> dict[str, object]:
    """What `shell -c command` answers in an empty home directory."""
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir()
    done = subprocess.run(
        [shell, "-c", command], cwd=HOME, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    status = done.returncode if done.returncode >= 0 else 128 - done.returncode
    out, err = (text.decode("latin-1") for text in (done.stdout, done.stderr))
    return {"shell": shell, "command": command, "status": status, "stdout": out, "stderr": err}


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("recorded.json")
    recorded = json.loads(path.read_text())
    again = [answer(entry["shell"], entry["command"]) for entry in recorded]
    path.write_text("[\n" + ",\n".join(json.dumps(entry) for entry in again) + "\n]\n")


if __name__ == "__main__":
    main()
