#!/usr/bin/env bash
# Checks the models with Spin: each configuration exhaustively, then that each seeded error is found.
# Strict: whatever Spin says that is not a complete search without an error is a failure here.
set -euo pipefail
script=$(cd "$(dirname "$0")" && pwd)/check.sh
models=$(dirname "$script")
work=${1:?the directory to work in}
seconds=${2:-600}   # for everything, as a guard: it needs a tenth of that when nothing else runs
megabytes=1500      # for one search
rm -rf "$work" && mkdir -p "$work" && cd "$work"

# of NAME: what follows is about that model
of() { name_of_model=$1; model=$models/$1.pml; }

fail() { echo "MODEL FAILED: $*" >&2; exit 1; }
for program in spin gcc; do
  command -v $program > /dev/null || fail "it needs $program(1), which is not installed"
done

optimise=-O2

# build NAME SAFETY|LIVENESS FLAG…: a verifier of that configuration
build() {
  local name=$1 kind=$2; shift 2
  local flags=("$@") defines=(-DSAFETY)
  [ "$kind" = LIVENESS ] && flags+=(-DLIVENESS) && defines=(-DNFAIR=4)
  mkdir "$name" && cd "$name" && cp "$model" .
  spin -a "${flags[@]}" "$name_of_model.pml" > spin.log 2>&1 || { cat spin.log; fail "$name: the model does not parse"; }
  ! grep -i "error" spin.log || fail "$name: see $PWD/spin.log"
  gcc -w $optimise "${defines[@]}" -DMEMLIM=$megabytes -o pan pan.c || fail "$name: the verifier does not compile"
  cd ..
}

# search NAME SAFETY|LIVENESS: runs it, and leaves what it says in NAME/pan.log
search() {
  local options=(-m200000 -E)
  [ "$2" = LIVENESS ] && options=(-m1000000 -a -f)
  local left=$((seconds - SECONDS))
  [ $left -gt 0 ] || fail "$1: the $seconds s that it may take are over"
  (cd "$1" && timeout $left ./pan "${options[@]}" > pan.log 2>&1) || [ $? -ne 124 ] ||
    fail "$1: not finished in the $seconds s that all may take"
}

# A complete search without an error, and nothing less.
check() {
  local name=$1 kind=$2
  build "$@"
  search "$name" "$kind"
  local log=$name/pan.log
  if grep -q "max search depth too small\|Search not completed\|out of memory\|MEMLIM\|hash conflicts exceed\|BITSTATE\|aborted" "$log" ||
    ! grep -q "errors: 0$" "$log" || ! grep -q "^Full statespace search" "$log"; then
    grep -v "^Depth=" "$log" | head -n 20
    fail "$name: see above, and replay it with: cd $PWD/$name && ./pan -r"
  fi
  [ "$kind" != LIVENESS ] || grep -q "acceptance   cycles.*fairness enabled" "$log" || fail "$name: no fairness"
  [ "$kind" != SAFETY ] || grep -q "assertion violations.*+" "$log" || fail "$name: no assertions"
  covered "$name"
  awk -v name="$name" -v flags="${*:3}" '
    / states, stored/ { states = $1 } /depth reached/ { sub(",", "", $6); depth = $6 }
    / transitions / { transitions = $1 } /total actual memory/ { memory = $1 } /elapsed time/ { seconds = $4 }
    END { printf "  %-18s %9d states, %9d transitions, depth %4d, %4d MB, %5.1f s  %s\n", name, states, transitions,
          depth, memory, seconds, flags }' "$log"
}

# Which lines with a step this configuration has, and which of them were never reached.
covered() {
  (cd "$1" && ./pan -d) | grep -o "$name_of_model.pml:[0-9]*" | sort -u > "$1/lines"
  grep "$name_of_model.pml:[0-9]*, state" "$1/pan.log" | grep -v '"-end-"' | grep -o "$name_of_model.pml:[0-9]*" | sort -u > "$1/unreached" || true
  comm -23 "$1/lines" "$1/unreached" >> reached.all
  cat "$1/lines" >> lines.all
}

# A search that finds that promise broken.
error() {
  local name=$1 kind=$2 expected=$3; shift 3
  build "$name" "$kind" "-D$name" "$@"
  search "$name" "$kind"
  grep -q "errors: 1$" "$name/pan.log" || fail "the seeded error $name is not found"
  local found=eventually_run
  if [ "$kind" = SAFETY ]; then
    local line
    line=$(cd "$name" && { spin -t "-D$name" "$@" "$name_of_model.pml" 2>&1 || true; } |
      sed -n "s/^spin: $name_of_model.pml:\([0-9]*\), Error: assertion violated\$/\1/p")
    [ -n "$line" ] || fail "$name: no assertion at the end of its trail"
    found=$(sed -n "${line}s/.*PROMISE(\([a-z_]*\).*/\1/p" "$model")
  else
    grep -q "acceptance cycle" "$name/pan.log" || fail "$name: not by a cycle, but by something else"
  fi
  [ "$found" = "$expected" ] || fail "$name breaks '$found' instead of '$expected'"
  printf '  %-34s breaks %-36s after %8d states\n' "$name" "$found" \
    "$(awk '/ states, stored/ { print $1 }' "$name/pan.log")"
}

echo "Every state of the protocol:"
of lastly
check mishaps         SAFETY   -DSTOPS -DREBOOT -DLOST_LOCK
check doubt           SAFETY   -DNEW_LOCK_FILE -DREBOOT
check capability      SAFETY   -DFUNCTIONS=2 -DREBOOT
check power           SAFETY   -DPOWER
check one-job         SAFETY   -DONE_JOB
check give-back       SAFETY   -DGIVE_BACK -DNEW_LOCK_FILE
check fair-mishaps    LIVENESS -DSTOPS -DREBOOT -DWATCH
check fair-capability LIVENESS -DFUNCTIONS=2
check fair-doubt      LIVENESS -DNEW_LOCK_FILE -DREBOOT -DPAIR
check fair-one-job    LIVENESS -DONE_JOB
check fair-give-back  LIVENESS -DGIVE_BACK
of fleet
check fleet           SAFETY
check fleet-outage    SAFETY   -DOUTAGE
check fleet-sibling   SAFETY   -DSIBLING
check fleet-heir      SAFETY   -DHEIR

# No step of a model may be dead wood: each must be reached in some configuration.
dead=$(comm -23 <(sort -u lines.all) <(sort -u reached.all) | tr '\n' ' ')
[ -z "$dead" ] || fail "never reached in any configuration, in fuzz/model: $dead"
for model in "$models"/*.pml; do
  while IFS=: read -r line label; do
    next=$(awk -v from="$line" 'NR >= from { sub(/^t_[a-z_]*:/, "") } NR >= from && NF { print NR; exit }' "$model")
    grep -qx "$(basename "$model"):$next" reached.all || fail "the transition $label is never reached"
  done < <(grep -n -o '^t_[a-z_]*' "$model")
done

echo "Seeded errors:"
optimise=-O1    # these searches are short
of lastly
error ERROR_LOCK_NOT_ASKED           SAFETY   dead_only_if_it_is
error ERROR_ROW_BEFORE_LOCK          SAFETY   dead_only_if_it_is
error ERROR_CLAIM_UNCHECKED          SAFETY   claimed_only_from_the_ended
error ERROR_NO_FENCE                 SAFETY   only_the_holder_records_an_outcome -DNEW_LOCK_FILE
error ERROR_RUN_BEFORE_ATTEMPT       SAFETY   attempts_bound_the_runs            -DNO_CANCEL
error ERROR_CRASH_NOT_COUNTED        SAFETY   attempts_bound_the_runs
error ERROR_START_UNCHECKED          SAFETY   cancelled_never_starts
error ERROR_CLAIM_OF_THE_CANCELLED   SAFETY   cancelled_never_starts             -DNEW_LOCK_FILE
error ERROR_JOB_NOT_ASKED            SAFETY   one_owner_at_a_job                 -DONE_JOB
error ERROR_CANCEL_ANY_STATE         SAFETY   cancelled_never_starts
error ERROR_CLAIM_WHAT_IT_CANNOT_CALL SAFETY  none_runs_what_it_cannot_call    -DFUNCTIONS=2
error ERROR_PRUNE_QUARANTINED        SAFETY   nothing_unfinished_is_lost
error ERROR_BOOT_ID_IGNORED          LIVENESS eventually_run                     -DREBOOT
error ERROR_ONLY_THE_WATCHER_LOOKS   LIVENESS eventually_run                     -DSTOPS -DWATCH
error ERROR_CLAIMED_ROWS_FORGOTTEN   LIVENESS eventually_run
error ERROR_NOT_GIVEN_BACK           LIVENESS eventually_run                     -DGIVE_BACK
error ERROR_JOB_READ_ONCE            LIVENESS eventually_run                     -DONE_JOB
of fleet
error ERROR_EXPIRED_IS_DEAD          SAFETY   an_outage_ends_no_node             -DOUTAGE
error ERROR_FAILED_LOOK_FORGIVEN     SAFETY   an_outage_ends_no_node             -DOUTAGE
error ERROR_BEATS_UNCHECKED          SAFETY   fenced_before_presumed
error ERROR_CLOCK_STANDS             SAFETY   fenced_before_presumed
error ERROR_TRUST_FROM_THE_ANSWER    SAFETY   fenced_before_presumed
error ERROR_NO_FENCE_IN_THE_FLEET    SAFETY   only_the_holder_records_an_outcome
error ERROR_PRESUMED_IS_DONE         SAFETY   done_leaves_nothing
error ERROR_PROOF_DURING_THE_RUN     SAFETY   done_leaves_nothing

promises=$(grep -o -h 'PROMISE([a-z_]*,' "$models"/*.pml | sort -u | grep -vc 'PROMISE(name')
errors=$(grep -c '^error ERROR_' "$script")
transitions=$(cat "$models"/*.pml | grep -c '^t_')
echo "$((promises + 1)) properties hold; $errors seeded errors were found; $transitions transitions, all reached; $SECONDS s"
