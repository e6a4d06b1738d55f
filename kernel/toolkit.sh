# Builds the toolkit and puts its jars into a folder. Sourced by kernel/install and kernel/deploy, which set dist, a folder in toolkit/.

built=toolkit/$dist/target/lib

toolkit_changed() { # since the last build; folders count in sources only, where one changes when a file goes
  local stamp=toolkit/$dist/target/built
  [ ! -f "$stamp" ] || ! ls "$built"/*.jar >/dev/null 2>&1 ||
    [ -n "$(find pom.xml toolkit .mvn -name target -prune -o \( -type f -o -path '*/src*' \) -newer "$stamp" -print)" ]
}

build_toolkit() {
  cd "$repo"
  if ! toolkit_changed; then
    build_result="unchanged"
    return
  fi
  local log=$state/maven.log path=$PATH
  # Maven's wrapper checks a zip's checksum, but fetches a tar where unzip is missing.
  command -v unzip >/dev/null || path=$prefix/bin:$here/without-unzip:$PATH
  rm -rf "$built"
  mkdir -p toolkit/$dist/target
  touch toolkit/$dist/target/building
  if ! JAVA_HOME=$java_home PATH=$path logged "$log" ./mvnw -B -q -ntp package -DskipTests -pl "toolkit/$dist" -am; then
    ! network_failed "$log" || die "Maven cannot reach its repository (Maven Central, or the one your settings.xml names): check network and proxy and run again; log: $log"
    die "Maven could not build the toolkit; log: $log"
  fi
  ls "$built"/*.jar >/dev/null 2>&1 || die "Maven left no jars in $repo/$built; log: $log"
  mv toolkit/$dist/target/building toolkit/$dist/target/built
  build_result="built"
}

# A jar in use is replaced by a new file, never written to: a running kernel keeps reading the old one.
publish_jars() {
  local jar name count=0
  mkdir -p "$lib"
  for jar in "$lib"/*.jar; do
    name=${jar##*/}
    [ -f "$built/$name" ] || rm -f "$jar"
  done
  for jar in "$built"/*.jar; do
    name=${jar##*/}
    count=$((count + 1))
    cmp -s "$jar" "$lib/$name" || { cp "$jar" "$lib/.$name.new" && mv -f "$lib/.$name.new" "$lib/$name"; }
  done
  ok "$build_result; $count jars in $lib"
}
