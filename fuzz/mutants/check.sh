#!/usr/bin/env bash
# Breaks Lastly on purpose, one patch at a time, and shows which test fails. It fails itself if no test fails
# for a mutant, or if a patch does not apply or does not compile.
#
#   check.sh TREE WORK CLASSPATH LIBRARIES [NAME]
#
# TREE is packaged, with tests. WORK is a directory for copies. CLASSPATH is the class path of the tests, LIBRARIES
# that with which the core is compiled. `make mutants` calls this.
set -euo pipefail
tree=$(cd "$1" && pwd)
work=$2
classpath=$3
libraries=$4
only=${5:-}

fail() { echo "MUTANTS FAILED: $*" >&2; exit 1; }

patches=()
for patch in "$tree"/fuzz/mutants/*.patch; do
  name=$(basename "$patch" .patch)
  [ -n "$only" ] && [ "$only" != "$name" ] || patches+=("$patch")
done
[ "${#patches[@]}" -gt 0 ] || fail "there is no fuzz/mutants/$only.patch; the patches are: $(cd "$tree/fuzz/mutants" && ls -- *.patch | sed 's/\.patch$//' | tr '\n' ' ')"

header() { sed -n "s/^$1: //p" "$2"; }

# Copies the sources and the compiled classes.
rm -rf "$work" && mkdir -p "$work/tree"
work=$(cd "$work" && pwd)
export GIT_CEILING_DIRECTORIES=$work # else git would find the outer repository and skip the files
(cd "$tree" && tar -cf - --exclude=./.git --exclude='target*' .) | tar -xf - -C "$work/tree"
core=src/core/target
mkdir -p "$work/tree/target" "$work/tree/$core"
cp -r "$tree/$core/classes" "$work/unbroken"
cp -r "$tree/$core/test-classes" "$work/tree/$core/" # the archive of the child JVMs is made next to them
cd "$work/tree"

# The core comes from the copy, as directories with unshaded libraries; everything else comes from the tree, each once.
others=$(tr ':' '\n' <<< "$libraries:$classpath" | sed "s|^src/|$tree/src/|" | grep -vF "$tree/src/core/target/" |
  awk '!seen[$0]++' | paste -sd : -)

# Writes a Schema.java that expects the changed migration (else every test would refuse it), and prints its path.
# A migration's checksum is the CRC-32 of its text without line breaks; gzip writes it at the end.
fingerprint() {
  local now
  now=$(tr -d '\r\n' < migrations/V1__lastly.sql | gzip -c | tail -c 8 | od -An -t d4 -N 4 | tr -d ' ')
  mkdir -p "$work/fingerprint"
  sed "s/\(long FINGERPRINT =\) .*;/\1 $now;/" src/core/main/java/dev/lastly/internal/store/Schema.java \
    > "$work/fingerprint/Schema.java"
  echo "$work/fingerprint/Schema.java"
}

# Compiles the files that the patch changes, without Error Prone, which would refuse some mutants.
compile() {
  local files
  files=$(sed -n 's|^+++ b/||p' "$1")
  rm -rf "$core/classes" && cp -r "$work/unbroken" "$core/classes"
  grep -q '\.java$' <<< "$files" || { cp migrations/*.sql $core/classes/dev/lastly/migrations/; files=$(fingerprint); }
  # shellcheck disable=SC2086 # one word for each file
  "${JAVA_HOME:+$JAVA_HOME/bin/}javac" -nowarn -proc:none --release 17 -parameters -d "$core/classes" \
    -cp "$core/classes:$others" $files > "$work/javac.log" 2>&1
}

# run LOG [TEST,…]: 0 if every test passes, 100 if one fails; without names, all are run. Tests start JVMs with
# this class path elsewhere, so it has no relative paths.
run() {
  rm -rf target/jqwik-database # failures of one mutant must not be replayed in the next
  # shellcheck disable=SC2046 # one word for each class
  "${JAVA_HOME:+$JAVA_HOME/bin/}java" -Xmx768m -XX:TieredStopAtLevel=1 -Djava.util.logging.config.file=/dev/null \
    -Dlastly.basedir="$PWD" -cp "$PWD/$core/classes:$PWD/$core/test-classes:$others" \
    dev.lastly.mutants.FirstFailure $(tr ',' ' ' <<< "${2:-}") > "$1" 2> "$1.errors"
}

# outcome LOG [TEST,…]: runs the tests and prints which one failed, or nothing
outcome() {
  local status=0
  run "$@" || status=$?
  case $status in
    0) ;;
    100) tail -n 2 "$1" ;;
    *) tail -n 20 "$1" "$1.errors" >&2; fail "the tests could not be run (exit status $status); see the output above" ;;
  esac
}

# Without a mutation the tests must pass; else their failure in a mutant proves nothing.
tests=$(for patch in "${patches[@]}"; do header "Caught by" "$patch"; done | tr -d ' ' | tr ',' '\n' | sort -u | paste -sd , -)
cp -r "$work/unbroken" "$core/classes"
broken=$(outcome "$work/unbroken.log" "$tests")
[ -z "$broken" ] || fail "this test fails without any mutation, so it proves nothing: $broken"
echo "Unbroken, $(tail -n 1 "$work/unbroken.log") (of $(tr ',' '\n' <<< "$tests" | wc -l) classes), after $SECONDS s. Broken:"

survivors=()
for patch in "${patches[@]}"; do
  name=$(basename "$patch" .patch)
  begun=$SECONDS
  git apply --check "$patch" || fail "$name does not apply to this tree; update the patch"
  git apply "$patch"
  compile "$patch" || { cat "$work/javac.log"; fail "$name does not compile"; }
  printf '%s (%s): %s\n' "$name" "$(header Promise "$patch")" "$(header Broken "$patch")"
  expected=$(header "Caught by" "$patch" | tr -d ' ')
  caught=$(outcome "$work/$name.log" "$expected")
  if [ -n "$caught" ]; then
    echo "  caught by $caught"
  else
    caught=$(outcome "$work/$name.log")
    if [ -n "$caught" ]; then
      echo "  NOT CAUGHT by $expected, but by $caught"
    else
      survivors+=("$name")
      echo "  SURVIVED every test"
    fi
  fi
  echo "      $((SECONDS - begun)) s"
  git apply -R "$patch"
done
[ "${#survivors[@]}" -eq 0 ] || fail "no test failed for: ${survivors[*]}"
echo "${#patches[@]} mutants, all caught; $SECONDS s"
