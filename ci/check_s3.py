"""Runs the tutorial on pictures in S3, served on loopback from a folder, and compares its predictions with those that an
executed notebook has for the folder itself; then has executors read pictures from there, too. Arguments: the server's class path, the folder, that notebook, an output folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat

REPO = Path(__file__).resolve().parent.parent


def predictions(notebook):
    """What the cell of the predictions shows: label, index, confidence and file name of each row."""
    cells = [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.source.startswith("// The predictions")]
    text = cells[0].outputs[0].data["text/plain"]
    return re.findall(r"^(.+ \(\d+\) [\d.]+)  .*/([^/\n]+)$", text, re.MULTILINE)


def main():
    class_path, folder, reference, output = sys.argv[1:]
    server = subprocess.Popen(
        ["java", "-cp", class_path, "org.gristmill.source.S3Server", folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        endpoint = server.stdout.readline().split(" at ")[-1].strip()
        env = {**os.environ, "GRISTMILL_IMAGES": "s3://pictures/", "AWS_ENDPOINT_URL_S3": endpoint}
        execute = [sys.executable, REPO / "notebooks/execute.py", "--output", output]
        subprocess.run([*execute, REPO / "notebooks/01-batch-inference.ipynb"], env=env, check=True)
        # It compares the predictions of its executors with those of its own process.
        subprocess.run([*execute, REPO / "notebooks/08-cluster.ipynb"], env=env, check=True)
    finally:
        server.stdin.close()
        server.wait(30)
    found, expected = predictions(Path(output) / "01-batch-inference.ipynb"), predictions(reference)
    print(f"{len(found)} predictions from S3, {len(expected)} from the folder")
    if not found or found != expected:
        sys.exit(f"they differ:\n{found}\n{expected}")


if __name__ == "__main__":
    main()
