"""What Ray Data itself costs: jobs whose workers do nothing. Arguments: JOB:ROWS..., run one after the other in one process.
Prints a line of JSON a job. The same jobs on our side: org.gristmill.bench.Overhead."""

import json
import sys
import time

import ray
import ray.data


class NoOp:
    def __call__(self, batch):
        return batch


def batches(rows, size):
    """Half a processor an actor: two whole ones would leave none for reading on a machine with two."""
    return ray.data.range(rows).map_batches(NoOp, batch_size=size, compute=ray.data.ActorPoolStrategy(size=2), num_cpus=0.5)


JOBS = {
    "batches16": lambda rows: batches(rows, 16),
    "batches1024": lambda rows: batches(rows, 1024),
    "map": lambda rows: ray.data.range(rows).map(lambda row: row),
}


def run(job, rows):
    dataset = JOBS[job](rows)
    began = time.perf_counter()
    first = first_at = None
    seen = 0
    # Whole blocks as numpy columns without a copy: the cheapest way that hands every row over.
    for block in dataset.iter_batches(batch_size=None, batch_format="numpy"):
        if first is None:
            first, first_at = time.perf_counter() - began, time.time()
        seen += len(block["id"])
    seconds = time.perf_counter() - began
    if seen != rows:
        sys.exit(f"{job}: {seen} rows of {rows}")
    print(json.dumps({"job": job, "rows": rows, "seconds": seconds, "first": first, "first_at": first_at}), flush=True)


def main():
    ray.init(include_dashboard=False, log_to_driver=False, logging_level="ERROR", _node_ip_address="127.0.0.1")
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    for argument in sys.argv[1:]:
        job, rows = argument.split(":")
        run(job, int(rows))
    ray.shutdown()


if __name__ == "__main__":
    main()
