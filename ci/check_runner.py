"""Gives ci/notebooks good and bad notebooks from outside the repository and checks what it says of them."""

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import nbformat

RUNNER = Path(__file__).resolve().parent / "notebooks"
LIMIT = 8  # seconds a cell may take
CASES = {  # name: (cells, exit status, cells reported, what the failure says)
    "good": (["import org.gristmill.*;\nDataset.of(java.util.List.of(1, 2)).map(i -> i * 2).toList().get(1)", "6 * 7"], 0, 2, None),
    "failing": (["var x = 1;", 'throw new IllegalStateException("no <luck>");', "x"], 1, 2, "IllegalStateException: no <luck>"),
    "not java": (["this is not Java"], 1, 1, "code cell 1 failed"),
    "dead": (["Runtime.getRuntime().halt(3);", "1"], 1, 1, "the kernel died"),
    "slow": (["Thread.sleep(600_000);"], 1, 1, f"not done after {LIMIT} s"),
}


def check(name, folder):
    """What is wrong, or None."""
    sources, status, reported, says = CASES[name]
    path, report = folder / f"{name}.ipynb", folder / f"{name}.xml"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources]), path)
    command = [RUNNER, "--cell-timeout", str(LIMIT), "--junit", report, "--output", folder / "out", path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180)
    suite = ET.parse(report).getroot().find("testsuite")
    failures = "\n".join(failure.text for failure in suite.iter("failure"))
    if done.returncode != status:
        return f"exit status {done.returncode}, not {status}: {done.stderr}"
    if int(suite.get("tests")) != reported or int(suite.get("failures")) != (1 if says else 0):
        return f"the report has {suite.attrib}"
    if says and says not in failures:
        return f"the report says: {failures}"
    if not (folder / "out" / f"{name}.ipynb").is_file() or not (folder / "out" / f"{name}.html").is_file():
        return "no executed notebook or no page"
    return None


def main():
    failed = 0
    with tempfile.TemporaryDirectory(prefix="notebooks elsewhere ") as folder:
        for name in CASES:
            wrong = check(name, Path(folder))
            failed += wrong is not None
            print(f"{'FAILED' if wrong else 'ok'}: a {name} notebook{': ' + wrong if wrong else ''}", flush=True)
    print(f"{len(CASES) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
