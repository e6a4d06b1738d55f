# Finds a Python that can make environments. Sourced by kernel/install; sets python and python_version.

find_python() {
  local name path flaws='' names="python3 python3.13 python3.12 python3.11 python3.10"
  for name in $names; do
    path=$(command -v "$name") || continue
    python_version=$("$path" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    if ! "$path" -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
      flaws="${flaws}Python $python_version at $path is too old; "
    elif ! "$path" -c 'import venv, ensurepip, ssl' 2>/dev/null; then
      flaws="${flaws}Python $python_version at $path lacks venv or ensurepip (Debian, Ubuntu: apt install python$python_version-venv); "
    else
      python=$path
      return 0
    fi
  done
  die "no Python of 3.10 or newer that can make environments: ${flaws}looked on PATH for ${names// /, }; install one (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python)"
}
