"""Writes the `gristmill` kernelspec; prints its name and what it runs with.

JJava's own kernelspec (`java`) stays beside it. Its launcher starts `java` from PATH in a second process, so this one
starts the chosen JDK on JJava's kernel jar itself. More JVM options: JDK_JAVA_OPTIONS in the environment.
"""

import argparse
import glob
import json
import os
import platform
import subprocess
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


def kernelspec(prefix, java_home, java_version):
    java = str(java_home / "bin" / "java")
    kernel_jar = prefix / "share/jupyter/kernels/java/jjava.jar"
    if not kernel_jar.is_file():
        raise SystemExit(f"{kernel_jar} is missing: remove {prefix} and run kernel/install again")
    options = ["-Djava.awt.headless=true"]
    if java_version >= 22:
        options.append("--enable-native-access=ALL-UNNAMED")
    env = {
        "JJAVA_CLASSPATH": str(prefix / "share/gristmill/lib/*.jar"),
        "OPT_OUT_TRACKING": "true",  # DJL reports its use otherwise
    }
    if platform.system() == "Linux":
        env["LC_CTYPE"] = "C.UTF-8"  # without a locale, as in many containers, Java garbles file names that are not ASCII
    allocator = jemalloc(java)
    if allocator:
        env["LD_PRELOAD"] = allocator
        env["MALLOC_CONF"] = "dirty_decay_ms:-1,muzzy_decay_ms:-1,thp:always"
    return {
        "argv": [java, *options, "--add-opens", "jdk.jshell/jdk.jshell=ALL-UNNAMED", "-jar", str(kernel_jar), "{connection_file}"],
        "display_name": f"Gristmill (Java {java_version})",
        "language": "java",
        "interrupt_mode": "message",
        "env": {name: value.replace("$", "$$") for name, value in env.items()},  # Jupyter expands ${NAME}
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prefix", type=Path, required=True)
    parser.add_argument("--java-home", type=Path, required=True)
    parser.add_argument("--java-version", type=int, required=True)
    args = parser.parse_args()
    spec = kernelspec(args.prefix, args.java_home, args.java_version)
    target = args.prefix / "share/jupyter/kernels/gristmill/kernel.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".new")
    draft.write_text(json.dumps(spec, indent=1) + "\n")
    os.replace(draft, target)
    allocator = spec["env"].get("LD_PRELOAD", "the system's allocator (libjemalloc2 would be faster)")
    print(f"{spec['display_name']} in {target.parent}, with {allocator}")


if __name__ == "__main__":
    main()
