"""Executes notebooks without a browser: a line a cell, then the comparison, the executed notebook and an HTML page."""

import argparse
import logging
import signal
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

import cells
import junit
import page

DEFAULT_OUTPUT = Path(__file__).resolve().parent.parent / "target" / "notebooks"


def client_of(notebook, folder, kernel, cell_timeout):
    """A client whose kernel works in the notebook's own folder, as it does in JupyterLab."""
    return NotebookClient(
        notebook,
        kernel_name=kernel,
        timeout=cell_timeout,
        startup_timeout=60,
        iopub_timeout=30,
        coalesce_streams=True,
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )


def run_cells(client, times, cases):
    """Runs every code cell `times` times in a row, and notes each in `cases`; returns why it stopped early, or None."""
    numbered = cells.code_cells(client.nb)
    width = len(str(len(numbered)))
    for number, (index, cell) in enumerate(numbered, 1):
        print(f"[{number:{width}}/{len(numbered)}] {cells.title(client.nb, index)} …", end="", flush=True)
        for _ in range(times):
            began = time.monotonic()
            client.clear_display_id_mapping(index)  # outputs of a first run are gone: nothing may update them
            try:
                client.execute_cell(cell, index)
            except (CellExecutionError, CellTimeoutError, DeadKernelError) as failure:
                seconds = time.monotonic() - began
                print(f" failed after {seconds:.1f} s", flush=True)
                text = cells.failure_text(f"code cell {number}", cell, failure, client.timeout)
                cases.append((f"{number} {cells.title(client.nb, index)}", seconds, text))
                return text
            seconds = time.monotonic() - began
            print(f" {seconds:.1f} s", end="", flush=True)
        cases.append((f"{number} {cells.title(client.nb, index)}", seconds, None))
        print(flush=True)
    return None


def execute(path, args, suites):
    """Executes one notebook and notes its cells in `suites`; True if all went well."""
    cases = suites.setdefault(str(path), [])
    notebook = nbformat.read(path, as_version=4)
    for _, cell in cells.code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
    print(f"{path.stem} on the kernel {args.kernel}", flush=True)
    client = client_of(notebook, path.resolve().parent, args.kernel, args.cell_timeout)
    args.output.mkdir(parents=True, exist_ok=True)
    log = args.output / f"{path.stem}.kernel.log"
    with log.open("w") as kernel_output:
        try:
            with client.setup_kernel(stdout=kernel_output, stderr=kernel_output):
                failure = run_cells(client, 2 if args.twice else 1, cases)
        except (RuntimeError, OSError, KeyError) as broken:  # died while it started, or no such kernel
            failure = f"the kernel {args.kernel} did not start: {broken}"
    cells.tidy(notebook)

    executed = args.output / f"{path.stem}.ipynb"
    nbformat.write(notebook, executed)
    html = args.output / f"{path.stem}.html"
    page.write(notebook, path, html)
    loads = page.external_loads(html.read_text("utf-8"))
    if loads:
        failure = failure or f"{html} is not self-contained, it loads {', '.join(loads)}"

    if failure and not any(text for _, _, text in cases):
        cases.append(("notebook", 0, failure))  # not the fault of a cell
    if failure:
        print(f"{path.name}: {failure}\nkernel's log: {log}", file=sys.stderr)
    else:
        if args.inplace:
            nbformat.write(notebook, path)
        comparison = cells.comparison(notebook)
        print(f"\n{comparison}\n" if comparison else "", end="")
    print(f"{executed}\n{html}", flush=True)
    return not failure


def stop_cleanly():
    """Ctrl-C and a termination shut the kernel down: it runs in a process group of its own and would stay behind."""

    def stop(number, _):
        sys.exit(128 + number)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # it would report the cell left in the middle


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, metavar="DIR", help="where results go (default: target/notebooks)")
    parser.add_argument("--kernel", default="gristmill", metavar="NAME")
    parser.add_argument("--twice", action="store_true", help="run every code cell two times in a row, keep the second's outputs")
    parser.add_argument("--cell-timeout", type=int, default=900, metavar="S", help="seconds a cell may take (default: 900)")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="also write a JUnit XML report, a test case a cell")
    parser.add_argument("--inplace", action="store_true", help="also write the outputs into the notebook itself")
    args = parser.parse_args()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a terminal that lacks a letter is no reason to stop
    stop_cleanly()
    suites = {}
    results = [execute(path, args, suites) for path in args.notebooks]
    if args.junit:
        junit.write(suites, args.junit)
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
