"""Runs each cell tagged `copyable` alone, as a reader would paste it: in a fresh stock Java kernel, after the toolkit's
`%classpath` line and the notebook's cell tagged `imports`, and nothing else."""

import argparse
import subprocess
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "notebooks"))
import cells  # noqa: E402


def alone(cell, imports, jars):
    """A notebook of the pasted lines and one cell, each named in its metadata."""
    parts = [("the %classpath line", f'%classpath "{jars}"'), *(("the imports", found.source) for _, _, found in imports), ("the cell", cell.source)]
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source, metadata={"name": name}) for name, source in parts])


def check(notebook, folder, args):
    """Why it failed, or None."""
    client = NotebookClient(
        notebook,
        kernel_name=args.kernel,
        timeout=args.cell_timeout,
        startup_timeout=60,
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        with client.setup_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
            for index, cell in enumerate(notebook.cells):
                client.execute_cell(cell, index)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as failure:
        return cells.failure_text(cell.metadata.name, cell, failure, args.cell_timeout)
    except (RuntimeError, OSError, KeyError) as broken:
        return f"the kernel {args.kernel} did not start: {broken}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    parser.add_argument("--lib", type=Path, required=True, metavar="DIR", help="the folder of the toolkit's jars")
    parser.add_argument("--kernel", default="java", metavar="NAME", help="a Java kernel without the toolkit (default: java)")
    parser.add_argument("--cell-timeout", type=int, default=300, metavar="S")
    args = parser.parse_args()
    jars = args.lib.resolve() / "*.jar"
    if not list(args.lib.glob("*.jar")):
        sys.exit(f"no jars in {args.lib}")
    passed, failed = 0, 0
    for path in args.notebooks:
        notebook = nbformat.read(path, as_version=4)
        imports = cells.tagged(notebook, "imports")
        for number, index, cell in cells.tagged(notebook, "copyable"):
            began = time.monotonic()
            failure = check(alone(cell, imports, jars), path.resolve().parent, args)
            verdict = "failed" if failure else "passed"
            print(f"{verdict} {path.stem}, code cell {number}: {cells.title(notebook, index)} ({time.monotonic() - began:.1f} s)", flush=True)
            if failure:
                failed += 1
                print(f"  alone in a fresh kernel, {failure}", file=sys.stderr, flush=True)
            else:
                passed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
