#!/bin/sh
# SIGINT keeps what is done, exits 130, and the same command goes on to the same bytes.
. tests/cli/lib.subr
set -- run tests/cli/scenarios/small.xml -q -j 1 --set executor=simgrid --set nodes=2,3,4,5,6,7,8
"$THINWIRE" "$@" -o "$scratch/whole"
"$THINWIRE" "$@" -o "$scratch/cut" 2>"$scratch/err" &
pid=$!
tries=0
until [ -s "$scratch/cut/rows-0-of-1.jsonl" ] || [ "$tries" -gt 500 ]; do
    sleep 0.02
    tries=$((tries + 1))
done
kill -INT "$pid"
got=0
wait "$pid" || got=$?
[ "$got" = 130 ] || { cat "$scratch/err"; fail "exit status $got, not 130"; }
grep -q 'run the same command again' "$scratch/err" || fail "no word on how to go on"
kept=$(($(wc -l <"$scratch/cut/points.csv") - 1))
[ "$kept" -gt 0 ] && [ "$kept" -lt 168 ] || fail "$kept of 168 points kept: not in the middle"
"$THINWIRE" "$@" -o "$scratch/cut" 2>/dev/null
cmp "$scratch/whole/points.csv" "$scratch/cut/points.csv" || fail "the resumed run differs"
cmp "$scratch/whole/steps.csv" "$scratch/cut/steps.csv" || fail "the resumed run's steps differ"
echo "interrupted after $kept points, resumed to the same bytes"
