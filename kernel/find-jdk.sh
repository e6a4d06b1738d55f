# Finds the newest whole JDK. Sourced by kernel/install; sets java_home and java_version (17, 21, ...).

oldest_java=17
java_places="JAVA_HOME, java on PATH, /usr/lib/jvm, ~/.sdkman/candidates/java, /Library/Java/JavaVirtualMachines, ~/.jdks"
java_advice="install a JDK (Debian, Ubuntu: apt install openjdk-17-jdk-headless; macOS: brew install --cask temurin; others: adoptium.net) or name one with --jdk DIR"

# Java homes, one a line, the user's own choices first.
java_homes() {
  [ -z "${JAVA_HOME-}" ] || printf '%s\n' "$JAVA_HOME"
  # Asking `java` where it lives sees through links and version managers' shims.
  ! command -v java >/dev/null || java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p' || true
  local home
  for home in /usr/lib/jvm/* "$HOME"/.sdkman/candidates/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home "$HOME"/.jdks/*; do
    [ ! -x "$home/bin/java" ] || printf '%s\n' "$home"
  done
}

# inspect_java HOME: sets version (empty if nothing there runs) and flaw (empty for a JDK that will do).
inspect_java() {
  local modules
  if modules=$("$1/bin/java" --list-modules 2>/dev/null); then
    version=$(printf '%s\n' "$modules" | sed -n 's/^java\.base@\([0-9]*\).*/\1/p')
  else # Java 8 knows no modules
    version=$("$1/bin/java" -version 2>&1 | sed -n 's/.* version "1\.\([0-9]*\).*/\1/p') || version=
  fi
  flaw=
  if [ -z "$version" ]; then
    flaw="$1 has no bin/java that runs"
  elif [ "$version" -lt "$oldest_java" ]; then
    flaw="Java $version in $1 is too old"
  elif [ ! -x "$1/bin/javac" ] || ! printf '%s\n' "$modules" | grep -q '^jdk\.jshell@' || ! printf '%s\n' "$modules" | grep -q '^jdk\.compiler@'; then
    flaw="Java $version in $1 is a runtime without the compiler (bin/javac, jdk.compiler, jdk.jshell), not a JDK"
  fi
}

# find_jdk [HOME]: the newest of all, or HOME and no other.
find_jdk() {
  local home seen='|' flaws='' version flaw
  java_home='' java_version=0
  while IFS= read -r home; do
    [ -n "$home" ] || continue
    home=$(cd "$home" 2>/dev/null && pwd -P || printf '%s' "$home")
    case $seen in *"|$home|"*) continue ;; esac
    seen="$seen$home|"
    inspect_java "$home"
    if [ -n "$flaw" ]; then
      flaws="$flaws$flaw; "
    elif [ "$version" -gt "$java_version" ]; then
      java_home=$home java_version=$version
    fi
  done <<<"$(if [ -n "$1" ]; then printf '%s\n' "$1"; else java_homes; fi)"
  [ -z "$java_home" ] || return 0
  [ -z "$1" ] || die "--jdk will not do: ${flaws}a JDK of $oldest_java or newer is needed"
  [ -z "$flaws" ] || die "no JDK of $oldest_java or newer: ${flaws}looked at $java_places; $java_advice"
  die "no Java found: looked at $java_places; a JDK of $oldest_java or newer is needed; $java_advice"
}
