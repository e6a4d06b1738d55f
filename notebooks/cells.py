"""What the tools read from a notebook's cells."""

import re
import textwrap

from nbclient.exceptions import CellTimeoutError, DeadKernelError

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def code_cells(notebook):
    """The cells that run, with their places."""
    return [(index, cell) for index, cell in enumerate(notebook.cells) if cell.cell_type == "code" and cell.source.strip()]


def tagged(notebook, tag):
    """Numbers (from 1, code cells only) and cells of those that carry the tag."""
    numbered = [(number, index, cell) for number, (index, cell) in enumerate(code_cells(notebook), 1)]
    return [entry for entry in numbered if tag in entry[2].metadata.get("tags", [])]


def title(notebook, index):
    """The cell's opening comment, else the nearest heading above it, else its first line."""
    first = notebook.cells[index].source.strip().splitlines()[0]
    if first.startswith("//"):
        return first.lstrip("/ ")[:70]
    for cell in reversed(notebook.cells[:index]):
        if cell.cell_type == "markdown":
            headings = re.findall(r"^#+\s+(.+?)\s*#*$", cell.source, re.MULTILINE)
            if headings:
                return headings[-1]
    return first[:70]


def errors(cell):
    """The text of the cell's error outputs, without colours. A Java kernel puts the stack trace there, not the causes."""
    found = [output for output in cell.outputs if output.output_type == "error"]
    return "\n".join(ANSI.sub("", "\n".join(output.traceback) or f"{output.ename}: {output.evalue}") for output in found)


def failure_text(name, cell, failure, cell_timeout):
    """Which cell failed, its source and why."""
    if isinstance(failure, CellTimeoutError):
        reason = f"not done after {cell_timeout} s (--cell-timeout)"
    elif isinstance(failure, DeadKernelError):
        reason = "the kernel died"
    else:
        reason = errors(cell) or str(failure)
    return f"{name} failed\n{textwrap.indent(cell.source.strip(), '    ')}\n  with\n{textwrap.indent(reason, '    ')}"


def comparison(notebook):
    """The text that the cells tagged `comparison` show."""
    parts = []
    for _, _, cell in tagged(notebook, "comparison"):
        for output in cell.outputs:
            if output.output_type == "display_data":
                continue  # the tile that showed how the runs stood
            data = output.get("data", {})
            text = output.text if output.output_type == "stream" else data.get("text/plain", "")
            parts.append("" if text == data.get("text/html") else text)  # JJava repeats markup as plain text
    return ANSI.sub("", "\n".join(part.rstrip() for part in parts if part.strip()))


def tidy(notebook):
    """Keeps only metadata that is the same on every machine."""
    notebook.metadata.kernelspec = {"display_name": "Gristmill", "language": "java", "name": "gristmill"}
    notebook.metadata.language_info = {"name": "java"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
