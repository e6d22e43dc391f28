#!/bin/sh
# A point where more than two flows end on one link at once is flagged: a parameter server on one of
# five ranks receives four at once, a ring one.
. tests/cli/lib.subr
"$THINWIRE" run tests/cli/scenarios/incast.xml -q -o "$scratch/r" 2>"$scratch/err"
grep -q 'warning: in 1 point up to 4 flows end on one link at once' "$scratch/err" ||
    { cat "$scratch/err"; fail "incast is not flagged"; }
grep -q '"incast": 4' "$scratch/r/manifest.json" || fail "the manifest does not say it"
"$THINWIRE" run tests/cli/scenarios/incast.xml -q -o "$scratch/s" --set method=ring 2>"$scratch/err"
! grep -q 'flows end on one link' "$scratch/err" || fail "a ring is no incast"
echo "incast is flagged"
