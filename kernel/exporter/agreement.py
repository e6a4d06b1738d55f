"""Runs what was written and compares it with the original."""

import numpy as np
import torch

BATCH = 16
MOST = 1e-3  # between logits of the original and of a file in full precision


def logits(module, pictures):
    with torch.no_grad():
        return np.concatenate([module(torch.from_numpy(batch)).float().numpy() for batch in batches(pictures)])


def batches(pictures):
    """One alone, then sixteen at a time: a file must not be bound to the size that it was traced with."""
    return [pictures[:1], *(pictures[i : i + BATCH] for i in range(1, len(pictures), BATCH))]


def logits_of(path, pictures):
    if path.suffix == ".pt":
        return logits(torch.jit.load(str(path), "cpu"), pictures)
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return np.concatenate([session.run(None, {name: batch})[0] for batch in batches(pictures)])


def table(original, paths, pictures):
    """Prints a line a file; the names of those in full precision that are too far off."""
    expected = logits(original, pictures)
    print(f"{'file':<32} {'MB':>7} {'largest difference':>19} {'same top-1':>16}")
    far = []
    for path in paths:
        actual = logits_of(path, pictures)
        difference = float(np.abs(actual - expected).max())
        same = int((actual.argmax(1) == expected.argmax(1)).sum())
        megabytes = path.stat().st_size / 1e6
        print(f"{path.name:<32} {megabytes:>7.1f} {difference:>19.2g} {f'{same} of {len(pictures)}':>16}")
        reduced = path.stem.endswith((".int8", ".bf16"))
        if not reduced and not difference <= MOST:
            far.append(path.name)
    return far
