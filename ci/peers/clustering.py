"""What actors on Spark's executors cost the process that drives them. Called by ci/bench.
Prints a table in Markdown and a line of JSON; --record also writes it into README.md here."""

import argparse
import json
import subprocess

import overhead


def measure(options, numbers):
    """What Java found, a line each."""
    command = [options.java, "-Djava.awt.headless=true", "--add-opens", "java.base/sun.nio.ch=ALL-UNNAMED"]
    command += ["-cp", options.class_path, "org.gristmill.bench.Executors", *numbers]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as ours:
        found = [json.loads(line) for line in ours.stdout if line.startswith("{")]
    if ours.returncode:
        raise SystemExit(f"ci/bench: cluster failed with {ours.returncode}")
    return found


def main():
    parser = argparse.ArgumentParser(prog="ci/bench cluster", description="What actors on executors cost the driver.")
    parser.add_argument("--quick", action="store_true", help="fewer rows, rounds and actors")
    parser.add_argument("--record", action="store_true", help="write the figures into ci/peers/README.md")
    for name in ("--java", "--class-path"):
        parser.add_argument(name, required=True, help=argparse.SUPPRESS)  # set by ci/bench
    options = parser.parse_args()
    where = overhead.machine(options.java)
    numbers = ["20000", "64", "2", "100"] if options.quick else ["200000", "400", "5", "1000"]
    found = measure(options, numbers)
    idle = [line for line in found if "batch" in line]
    real = {line["from"]: line for line in found if "from" in line}
    ratio = {source: f"{line['ratio']:.2f} ({line['low']:.2f} to {line['high']:.2f})" for source, line in real.items()}
    crowd = next(line for line in found if "actors" in line)
    said = "ci/bench cluster" + (" --quick" if options.quick else "")
    lines = ["| rows of a batch | here, µs a row | two executors, µs a row | of the driver's processors, µs a row |", "|---:|---:|---:|---:|"]
    lines += [f"| {line['batch']} | {line['here']:.2f} | {line['there']:.2f} | {line['driver']:.2f} |" for line in idle]
    text = (
        f"`{said}`. {where}. Workers that do nothing, medians, kept warm:\n\n" + "\n".join(lines) + "\n\n"
        f"{numbers[1]} real pictures (EfficientNet-Lite0, ONNX Runtime, two actors, batches of 16): two executors on the same machine reach "
        f"{ratio['samples']} of the rows a second of this process; {ratio['S3']} with S3 on loopback that takes 50 ms to begin an answer.\n\n"
        f"{crowd['actors']} actors at once, {crowd['rows']:,} rows: {crowd['seconds']:.0f} s, of the driver's processors "
        f"{1000 * crowd['processor'] / crowd['actors']:.0f} ms and of its heap {crowd['kib']:.0f} KiB an actor."
    )
    print(text)
    if options.record:
        overhead.record("cluster", text)
    print(json.dumps({"driver_us_a_row": {line["batch"]: line["driver"] for line in idle}, "of_local": {source: line["ratio"] for source, line in real.items()}}))


if __name__ == "__main__":
    main()
