"""`python -m skidpad …` is the program."""

import sys

from . import main


def run() -> None:
    """Do what the command line says, and end with its exit code."""
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
