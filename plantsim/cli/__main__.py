"""The command line as `python -m plantsim.cli`."""

from plantsim.cli import main

main()
