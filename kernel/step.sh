# One line a step, with its seconds. Sourced by kernel/install.

step() { step_began=$SECONDS step_open=yes; printf '%-8s ' "$1"; }
ok() { step_open=; printf '%s (%d s)\n' "$1" $((SECONDS - step_began)); }

# logged LOG COMMAND...: runs the command with its output in LOG only; on failure shows the end of it.
logged() {
  local log=$1
  shift
  "$@" </dev/null >"$log" 2>&1 && return
  step_open=
  echo "failed; the end of $log:"
  tail -n 15 "$log" | sed 's/^/    /'
  return 1
}

# The words pip, Maven, curl, wget and Java use for a host that cannot be reached.
network_failed() {
  grep -qiE 'name resolution|name or service not known|unknown ?host|could(n.t| not) resolve host|failed to establish a new connection|connection (refused|timed out|reset)|connect timed out|network is unreachable|proxyerror|certificate|unable to find valid certification|failed to fetch http' "$1"
}
