"""chown, chgrp and chmod (coreutils): owners and modes of files are not kept, which is an assumption of answers.

Afterwards users other than root may write there.

Not modelled: options other than -R, -f, -v, -c and -h, `--reference`.
"""

from __future__ import annotations

import re
from typing import Final

from vnetsim.errors import Errno
from vnetsim.process import Process, Program
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.libc.options import GnuOptions
from vnetsim.programs.libc.streams import absolute
from vnetsim.values import define

_MODE: Final = re.compile(
    r"[0-7]{1,5}|([ugoa]*([-+=]([rwxXst]*|[ugo]))+)(,[ugoa]*([-+=]([rwxXst]*|[ugo]))+)*", re.ASCII
)
_NAMES: Final = re.compile(r"[\w.-]*([:.][\w.-]*)?", re.ASCII)


@define
class ChownOptions(GnuOptions):
    ignored = "-R|--recursive -f|--silent|--quiet -h|--no-dereference --dereference -H -L -P"
    unmodelled = "-v|--verbose -c|--changes --reference: --from: --preserve-root --no-preserve-root"


@ends_by_exit
def main(process: Process) -> Program:
    options = ChownOptions.read(process)
    name = process.argv[0].rsplit("/", 1)[-1]
    if not options.operands:
        raise options.misused("missing operand")
    wanted, *paths = options.operands
    if not paths:
        raise options.misused(f"missing operand after '{wanted}'")
    if name == "chmod" and not _MODE.fullmatch(wanted):
        raise options.misused(f"invalid mode: '{wanted}'")
    if name != "chmod" and not _NAMES.fullmatch(wanted):
        what = "group" if name == "chgrp" else "user"
        process.error(f"{name}: invalid {what}: '{wanted}'\n")
        return 1
    missing = [path for path in paths if not process.files.exists(absolute(process, path))]
    for path in missing:
        process.error(f"{name}: cannot access '{path}': {Errno.ENOENT.strerror}\n")
    for path in paths if not missing else ():
        process.files.give_away(absolute(process, path))
    process.machine.assume("owners and modes of files are not kept")
    return 1 if missing else 0
