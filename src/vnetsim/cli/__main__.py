"""python -m vnetsim.cli: the same as python -m vnetsim."""

from vnetsim.cli.process import main

main()
