"""python -m vnetsim: the command line, where no script was installed for it."""

from vnetsim.cli.process import main

main("vnetsim")
