"""The tutorial on Ray Data, as it is written and tuned. Prints what job.py prints; predictions go into a file.

What had to change in the tutorial's code: no GPU is asked for; half a processor an actor, because two whole ones leave none for
reading on a machine with two; results are columns, because Ray no longer takes lists."""

import argparse
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

import job
import ray
import ray.data

PATIENCE = 200  # seconds for actors to start


def columns(found):
    return {"prediction": [each["label"] for each in found], "confidence": [each["score"] for each in found]}


def naive(batch, model):
    """Loads the model for every batch."""
    import hugging

    classify = hugging.classifier(model)
    return columns([classify(image)[0] for image in batch["image"]]) | {"path": batch["path"]}


class Classifier:
    """The tutorial's stateful worker: loads the model once, classifies one by one."""

    def __init__(self, model):
        import hugging

        self.classify = hugging.classifier(model)

    def __call__(self, batch):
        return columns([self.classify(image)[0] for image in batch["image"]]) | {"path": batch["path"]}


class Tuned:
    """Gets paths, so that nobody moves decoded pictures between processes; decodes and classifies them in true batches. Begins
    when all are ready, so that starting them can be told apart."""

    def __init__(self, engine, model, precision, warm, gate, workers):
        import engines

        self.engine, self.gate, self.workers = engines.engine(engine, model, precision), gate, workers
        self.engine(warm)
        Path(gate, str(os.getpid())).touch()

    def __call__(self, batch):
        wait(self.gate, self.workers)
        found = self.engine(list(batch["item"]))
        return {"path": [path for path, _ in found], "top": [json.dumps(top) for _, top in found]}


def wait(gate, workers):
    """Until so many have come to the gate, a folder."""
    deadline = time.monotonic() + PATIENCE
    while len(os.listdir(gate)) < workers:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(os.listdir(gate))} of {workers} actors are ready")
        time.sleep(0.01)


def pictures(options):
    dataset = ray.data.read_images(options.images, mode="RGB", include_paths=True)
    dataset.limit(options.rows).take_batch(3)  # the tutorial's first look
    return dataset.limit(options.rows)


def dataset(options, gate):
    if options.arm == "naive":
        return pictures(options).map_batches(naive, fn_kwargs={"model": options.model}, batch_size=4, concurrency=2)
    actors = {"concurrency": options.workers, "num_cpus": 0.5}
    if options.arm == "optimised":
        arguments = {"model": options.model}
        return pictures(options).map_batches(Classifier, batch_size=16, fn_constructor_kwargs=arguments, **actors)
    import photos

    paths = [str(file) for file in photos.files(options.images)[: options.rows]]
    arguments = {name: getattr(options, name) for name in ("engine", "model", "precision")}
    arguments |= {"warm": paths[: options.batch], "gate": gate, "workers": options.workers}
    blocks = -(-len(paths) // options.batch)
    items = ray.data.from_items(paths, override_num_blocks=blocks)
    return items.map_batches(Tuned, batch_size=options.batch, fn_constructor_kwargs=arguments, **actors)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("arm", choices=("naive", "optimised", "tuned"))
    parser.add_argument("--model", required=True)
    parser.add_argument("--images", required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--take", type=int, help="so many rows, as the tutorial takes 20 of 100")
    parser.add_argument("--engine", choices=("torch", "onnxruntime"), default="torch")
    parser.add_argument("--precision", choices=("fp32", "bf16", "int8"), default="fp32")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    ray.init(include_dashboard=False, log_to_driver=False, logging_level="ERROR", _node_ip_address="127.0.0.1")
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    gate = tempfile.mkdtemp()
    plan = dataset(options, gate)
    numbers = None
    if options.arm != "tuned":
        import hugging

        numbers = hugging.numbers(options.model)

    def row(path, columns, i):
        if numbers is None:
            return path, json.loads(columns["top"][i])
        return Path(path).name, [[numbers[columns["prediction"][i]], float(columns["confidence"][i])]]

    def batches():
        if options.take:
            rows = plan.take(options.take)
            yield [row(each["path"], {name: [value] for name, value in each.items()}, 0) for each in rows]
            return
        for batch in plan.iter_batches(batch_size=options.batch):
            yield [row(path, batch, i) for i, path in enumerate(batch["path"])]

    ready = (lambda: wait(gate, options.workers)) if options.arm == "tuned" else None
    job.run(batches, options.out, ready)
    ray.shutdown()
    shutil.rmtree(gate)


if __name__ == "__main__":
    main()
