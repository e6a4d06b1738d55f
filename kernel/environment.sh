# Makes the Python environment with Jupyter and JJava. Sourced by kernel/install.

# Ours is the folder whose environment was made under this name; anything else is not touched.
make_environment() {
  local requirements=$here/requirements.txt python python_version
  if cmp -s "$requirements" "$state/requirements.txt" && "$prefix/bin/python" -c '' 2>/dev/null; then
    ok "already in $prefix"
    return
  fi
  if [ -n "$(ls -A "$prefix" 2>/dev/null)" ] && ! grep -q "^prompt = 'gristmill'" "$prefix/pyvenv.cfg" 2>/dev/null; then
    die "$prefix holds something else: name an empty or a new folder with --prefix"
  fi
  find_python
  # From scratch each time, so that no package of an older list stays behind.
  "$python" -m venv --clear --prompt gristmill "$prefix" >&2 || die "$python could not make an environment in $prefix"
  mkdir -p "$state"
  local log=$state/pip.log
  # Without dependencies: the list is complete, and leaves out the Python kernel that JupyterLab asks for.
  if ! logged "$log" "$prefix/bin/python" -m pip install --no-input --disable-pip-version-check --retries 3 --no-deps -r "$requirements"; then
    ! network_failed "$log" || die "pip cannot reach its package index (PyPI, or the one your pip configuration names): check network and proxy and run again; log: $log"
    die "pip could not install $requirements; log: $log"
  fi
  cp "$requirements" "$state/requirements.txt"
  ok "installed for Python $python_version in $prefix"
}
