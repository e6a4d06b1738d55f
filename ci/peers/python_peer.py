"""The Python peers without a framework. Prints what job.py prints; predictions go into a file."""

import argparse
import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor

import job
import photos
from engines import engine, names


def one_by_one(options, files):
    """The tutorial's pipeline without Ray."""
    import hugging
    import numpy as np
    from PIL import Image

    classify, numbers = hugging.classifier(options.model), hugging.numbers(options.model)

    def batches():
        for file in files:
            found = classify(np.array(Image.open(file).convert("RGB")))
            yield [(file.name, [[numbers[each["label"]], each["score"]] for each in found])]

    return batches


def loop(options, files):
    """ONNX Runtime as its documentation begins: a session with its defaults, one picture after the other."""
    import onnxruntime
    from pixels import Pixels, top

    pixels, name = Pixels.of(options.model), os.path.basename(options.model)
    session = onnxruntime.InferenceSession(os.path.join(options.model, f"{name}.onnx"), providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0].name

    def batches():
        for file in files:
            logits = session.run(None, {entry: pixels.normalised([pixels.plain(file)])})[0]
            yield list(zip([file.name], top(logits)))

    return batches


def loader(options, files):
    """PyTorch's DataLoader decodes in processes of its own; all processors compute in this one."""
    import torch
    from engines import Torch
    from pixels import top

    model = Torch(options.model, options.precision)
    torch.set_num_threads(options.threads)

    class Pictures(torch.utils.data.Dataset):
        def __len__(self):
            return len(files)

        def __getitem__(self, i):
            return model.pixels.tuned(files[i]), i

    def collate(rows):
        return torch.from_numpy(model.pixels.normalised([picture for picture, _ in rows])), [i for _, i in rows]

    layout = torch.contiguous_format if model.blocked else torch.channels_last

    def batches():
        workers = torch.utils.data.DataLoader(Pictures(), options.batch, num_workers=options.workers, collate_fn=collate)
        for batch, rows in workers:
            with torch.inference_mode():
                logits = model.script(batch.to(model.type, memory_format=layout))
            yield list(zip(names([files[i] for i in rows]), top(logits.float().numpy())))

    list(engine_warm(model, files, options.batch))
    return batches


def threads(options, files):
    """Threads that each decode and compute, with an engine on one thread of its own."""
    engines = [engine(options.engine, options.model, options.precision) for _ in range(options.workers)]
    chunks = split(files, options.batch)
    free = list(engines)

    def work(paths):
        mine = free.pop()
        try:
            return mine(paths)
        finally:
            free.append(mine)

    pool = ThreadPoolExecutor(options.workers)
    list(pool.map(work, chunks[: 2 * options.workers]))  # the warm-up
    return lambda: pool.map(work, chunks)


def start(options, first, barrier):
    global MINE
    MINE = engine(options.engine, options.model, options.precision)
    MINE(first)  # the warm-up
    barrier.wait()


def work(paths):
    return MINE(paths)


def processes(options, files):
    """Processes that each decode and compute, with an engine on one thread of its own."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(options.workers + 1)
    pool = context.Pool(options.workers, start, (options, files[: options.batch], barrier))
    barrier.wait()
    return lambda: pool.imap(work, split(files, options.batch))


def engine_warm(model, files, batch):
    for paths in split(files, batch)[:2]:
        yield model(paths)


def split(files, batch):
    return [files[i : i + batch] for i in range(0, len(files), batch)]


WAYS = {way.__name__: way for way in (one_by_one, loop, loader, threads, processes)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("--model", required=True)
    parser.add_argument("--images", required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--engine", choices=("torch", "onnxruntime"), default="torch")
    parser.add_argument("--precision", choices=("fp32", "bf16", "int8"), default="fp32")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    job.run(WAYS[options.way](options, photos.files(options.images)[: options.rows]), options.out)


if __name__ == "__main__":
    main()
