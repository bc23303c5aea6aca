"""Files outside /etc, which the machines of a lab share here and not where the lab comes from.

After each command of a machine, what it wrote is compared with what another machine has at the same path: a different
text is reported, as the machines would otherwise disturb each other unseen.  Not seen: a machine that reads what
only another one wrote.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from vnetsim.failures import Failure
from vnetsim.kernel.proc.files import KernelFiles
from vnetsim.lab import Lab
from vnetsim.scenario.labs.steps import LabStep, not_modelled

#: Below these, files are each machine's own, or shared in the other program as well; captures grow at any time.
_APART: Final = re.compile(r"/(etc/netns|srv/labs|hostlab|shared|proc|sys|run)/|.*\.pcap(ng)?$")


class SharedTree:
    """What which machine wrote: (machine, text) by path."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._writers: dict[str, tuple[str, str]] = {}
        self._before = self._texts()

    def _texts(self) -> dict[str, str]:
        files = self._lab.machine.host.files
        assert isinstance(files, KernelFiles)
        return {path: files.tree.text(path) for path in list(files.tree.files) if not _APART.match(path)}

    def after(self, step: LabStep) -> list[Failure]:
        """What of the step's files another machine has with another text."""
        before, self._before = self._before, self._texts()
        if not step.machine:
            return []
        found = []
        for path, text in self._before.items():
            if before.get(path) == text:
                continue
            writer, written = self._writers.get(path, (step.machine, text))
            if writer != step.machine and written != text:
                found.append(self._collision(step, path, writer))
            self._writers[path] = (step.machine, text)
        return found

    def _collision(self, step: LabStep, path: str, writer: str) -> Failure:
        other = f"{path} of {step.machine} with another text than that of {writer}"
        what = f"{other}: machines share what is not in their folder"
        file, line = Path(step.file), step.line
        if not line and file.is_file():
            name = path.rpartition("/")[2]
            lines = file.read_text("utf-8", "replace").splitlines()
            line = next((number for number, text in enumerate(lines, 1) if name in text), 1)
        return not_modelled(what, f"> {path}", step.file, line)
