"""Run a program so that every process it forks dies with the one that forked it.

`python -m syncapp.servers.child SCRIPT|-m MODULE [ARGUMENT...]`. The kernel's parent-death signal
is not inherited, so each fork (a work horse of rq, a worker of granian) asks for its own.
"""

import multiprocessing
import os
import runpy
import sys

from syncapp.servers.processes import die_with_parent


def tie_forks() -> None:
    """From here on, end every forked process when the one that forked it dies, however it dies."""
    forking = os.getpid()

    def in_fork() -> None:
        nonlocal forking
        parent, forking = forking, os.getpid()
        die_with_parent(parent)

    os.register_at_fork(after_in_child=in_fork)
    if sys.platform.startswith("linux"):  # other ways of starting never run the hook above
        multiprocessing.set_start_method("fork")


def main(arguments: list[str]) -> None:
    """Run the script or module that `arguments` names, as Python itself would."""
    tie_forks()
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
