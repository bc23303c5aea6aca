"""`python -m vnetsim.mininet SCRIPT.py [ARGUMENTS]`: run a script of Mininet on a simulated machine."""

from __future__ import annotations

import sys

from vnetsim.errors import VnetsimError
from vnetsim.mininet.dropin import main

if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except VnetsimError as refusal:
        sys.stderr.write(f"vnetsim: {refusal}\n".replace("vnetsim: vnetsim: ", "vnetsim: "))
        sys.exit(2)
