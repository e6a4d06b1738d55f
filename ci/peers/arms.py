"""Who takes part in ci/bench peers: each as its tutorial or documentation writes it, and tuned; and ourselves."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODELS = ("resnet50", "efficientnet_lite0")
HAS_BF16 = "bf16" in Path("/proc/cpuinfo").read_text()


@dataclass(frozen=True)
class Arm:
    """One way to classify pictures.

    kind: written, tuned, ours, or first, where only the time to the first predictions counts
    command: what is run, without the arguments that all arms of its language take
    rows: how many are classified; quick: with --quick, 0 if it is left out then
    rounds: in how many it takes part at most
    needs: modules of Python
    jemalloc: whether it is preloaded, where it is there
    """

    model: str
    kind: str
    name: str
    precision: str
    command: tuple
    rows: int
    quick: int = 0
    rounds: int = 99
    needs: tuple = ()
    jemalloc: bool = False

    @property
    def key(self):
        return f"{self.model}, {self.name}, {self.precision}"


def peers(model):
    """What was tuned, and how: see README.md."""
    large = model == "resnet50"
    torch, onnx, ray = ("torch",), ("onnxruntime",), ("ray",)
    tutorial = ("torch", "torchvision", "transformers")
    rows, few = (400, 100) if large else (1000, 100)
    fast = 1000
    arms = [
        Arm(model, "written", "Ray Data, naive arm", "fp32", ("ray_peer.py", "naive"), few, rounds=1, needs=ray + tutorial),
        Arm(model, "written", "Ray Data, optimised arm", "fp32", ("ray_peer.py", "optimised"), 1000, few, needs=ray + tutorial),
        Arm(model, "written", "transformers, one by one", "fp32", ("python_peer.py", "one_by_one"), 2 * few, rounds=2, needs=tutorial),
        Arm(model, "written", "ONNX Runtime, a loop", "fp32", ("python_peer.py", "loop"), 2 * few, rounds=2, needs=onnx),
        Arm(model, "written", "DJL, as documented", "fp32", ("DjlPeer", "documented", "plain.pt"), 2 * few, rounds=2),
    ]
    for engine, needs, precision in (("torch", torch, "fp32"), ("onnxruntime", onnx, "fp32"), ("onnxruntime", onnx, "int8"), ("torch", torch, "bf16")):
        name = {"torch": "PyTorch", "onnxruntime": "ONNX Runtime"}[engine]
        settings = ("--engine", engine, "--precision", precision, "--batch", "8")
        count = rows if precision == "fp32" else fast
        jemalloc = engine == "torch"
        quick = few if precision != "bf16" else 0
        alone = ("python_peer.py", "threads" if engine == "onnxruntime" else "processes", *settings)
        arms.append(Arm(model, "tuned", name, precision, alone, count, quick, needs=needs, jemalloc=jemalloc))
        if precision != "bf16":
            actors = ("ray_peer.py", "tuned", *settings)
            quick = quick if engine == "onnxruntime" and precision == "fp32" else 0
            arms.append(Arm(model, "tuned", f"Ray Data with {name}", precision, actors, count, quick, needs=ray + needs, jemalloc=jemalloc))
    for file, engine in ((f"{model}.pt", "PyTorch"), (f"{model}.onnx", "ONNX Runtime")):
        arms.append(Arm(model, "tuned", f"DJL with {engine}", "fp32", ("DjlPeer", "tuned", file), rows, jemalloc=engine == "PyTorch"))
    return arms


def ours(model):
    """The tutorial's pool in batches of 16, the JVM's options left alone."""
    rows, few = (400, 100) if model == "resnet50" else (1000, 100)
    pool = ("Classifying", ".pt", "16"), ("Classifying", ".onnx", "16"), ("Classifying", ".int8.onnx", "16"), ("Classifying", ".bf16.pt", "16")
    return [
        Arm(model, "ours", "PyTorch", "fp32", pool[0], rows, few),
        Arm(model, "ours", "PyTorch, jemalloc", "fp32", pool[0], rows, jemalloc=True),
        Arm(model, "ours", "ONNX Runtime", "fp32", pool[1], 1000, few),
        Arm(model, "ours", "ONNX Runtime, jemalloc", "fp32", pool[1], rows, jemalloc=True),
        Arm(model, "ours", "ONNX Runtime", "int8", pool[2], 1000, few),
        Arm(model, "ours", "PyTorch", "bf16", pool[3], rows),
    ]


def first(model):
    """The tutorial's first answer: 20 predictions of 100 pictures, from a new process."""
    tutorial = ("ray", "torch", "torchvision", "transformers")
    taken = ("ray_peer.py", "optimised", "--take", "20")
    return [
        Arm(model, "first", "Ray Data, optimised arm", "fp32", taken, 100, 100, rounds=2, needs=tutorial),
        Arm(model, "first", "ours", "fp32", ("Classifying", ".onnx", "16"), 20, 20, rounds=2),
    ]


def all_arms(models):
    arms = [arm for model in models for arm in peers(model) + ours(model) + first(model)]
    # On a processor without it, bf16 is a crawl.
    return [replace(arm, rows=100, rounds=1) if arm.precision == "bf16" and not HAS_BF16 else arm for arm in arms]


def clean_environment():
    """Without what would change how engines and JVMs work."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "OMP_", "MALLOC_", "LD_PRELOAD"))}
    env = {name: value for name, value in env.items() if not name.endswith(("JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"))}
    return {**env, "OPT_OUT_TRACKING": "true"}


class Commands:
    """How an arm is started."""

    def __init__(self, python, java, class_path, models, images, out, jemalloc, home):
        """jemalloc: the library, or None. home: a folder for what Ray writes."""
        self.python, self.java, self.class_path = python, java, class_path
        self.models, self.images, self.out, self.jemalloc, self.home = models, images, out, jemalloc, home

    def of(self, arm, rows):
        folder = Path(self.models) / arm.model
        if arm.command[0].endswith(".py"):
            given = ["--model", folder, "--images", self.images, "--rows", rows, "--out", self.out]
            return [self.python, HERE / arm.command[0], *arm.command[1:], *map(str, given)]
        side, *rest = arm.command
        start = [self.java, "-cp", self.class_path]
        if side == "DjlPeer":
            way, file = rest
            tuning = ["-Dai.djl.pytorch.num_interop_threads=1", "-Dai.djl.pytorch.graph_optimizer=false"] if way == "tuned" else []
            given = [way, str(folder / file), self.images, str(rows), "8", self.out]
            return [*start, *tuning, "-Dai.djl.offline=true", "org.gristmill.bench.DjlPeer", *given]
        end, batch = rest
        jobs = [f"take:{rows}"] if arm.kind == "first" else [str(rows)] * 2
        return [*start, "org.gristmill.bench.Classifying", f"{folder / arm.model}{end}", self.images, batch, self.out, *jobs]

    def env(self, arm):
        env = clean_environment()
        if arm.command[0].endswith(".py"):
            env["PYTHONPATH"] = str(HERE)
            env["HF_HUB_OFFLINE"] = "1"
        if arm.command[0] == "ray_peer.py":
            env |= {"HOME": self.home, "RAY_TMPDIR": self.home, "RAY_USAGE_STATS_ENABLED": "0"}
            env["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # makes Ray use the loopback address for its node
        elif arm.kind == "tuned":
            env["OMP_NUM_THREADS"] = "1"
        if arm.jemalloc and self.jemalloc:
            env["LD_PRELOAD"] = self.jemalloc
            env["MALLOC_CONF"] = "dirty_decay_ms:-1,muzzy_decay_ms:-1,thp:always"
        return env
