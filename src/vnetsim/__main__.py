"""python -m vnetsim: the command line, where no script was installed for it."""

from vnetsim.cli import main

main(prog_name="vnetsim")
