#!/bin/sh
# <tune>: the rate known to be best is found for each method and ratio, once for all bandwidths; the edge is
# warned of; divergence loses; resume and shards give the same bytes; a method without $eta is left alone.
. tests/cli/lib.subr
scenario=tests/cli/scenarios/tuning.xml
"$THINWIRE" run $scenario -j 1 -o "$scratch/whole" 2>"$scratch/err"
grep -q "tuned 'dense' (rho=0.5): rate=0.5" "$scratch/err" || fail "dense: not 2 / (1 + 3)"
grep -q "warning: 'topk' (rho=0.5): rate=0.1 lies on the edge" "$scratch/err" || fail "no edge warning"
grep -q "warning: 'dense'" "$scratch/err" && fail "a warning about a value inside the grid"
# 3 groups (dense; topk at two ratios) × 5 values × 2 seeds, none of them per bandwidth
[ "$(column "$scratch/whole/tuning.csv" key | sort -u | wc -l)" = 30 ] || fail "not 30 trials"
[ "$(column "$scratch/whole/tuning.csv" chosen | grep -c 1)" = 6 ] || fail "not one value a group"
[ "$(column "$scratch/whole/tuning.csv" status | grep -c diverged)" = 6 ] || fail "1e30 diverges"
[ "$(column "$scratch/whole/tuning.csv" seed | sort -u | tr '\n' ' ')" = "11 12 " ] || fail "seeds"
[ "$(column "$scratch/whole/points.csv" seed | sort -u)" = 7 ] || fail "trials among the points"
[ "$(column "$scratch/whole/points.csv" rate | tr '\n' ' ')" = \
    "0.5 0.5 0.1 0.1 0.5 0.5 0.5 0.5 0.1 0.1 0.5 0.5 " ] || fail "the points' rates"
# The point that ran is the one a scenario with that rate written in it has.
sed -e 's/\$rate/0.5/' -e '/<tune/d' $scenario >"$scratch/tuning.xml"
"$THINWIRE" run "$scratch/tuning.xml" -q -o "$scratch/plain" --only "\$method = 'dense'" 2>"$scratch/err"
for key in $(column "$scratch/plain/points.csv" key); do
    grep -q "^$key," "$scratch/whole/points.csv" || fail "another key than with the rate written"
done

"$THINWIRE" run $scenario -q -o "$scratch/whole2" 2>/dev/null
head -n 17 "$scratch/whole/rows-0-of-1.jsonl" >"$scratch/part" # cut in the middle of the trials
mkdir "$scratch/resumed"
mv "$scratch/part" "$scratch/resumed/rows-0-of-1.jsonl"
"$THINWIRE" run $scenario -q -o "$scratch/resumed" 2>/dev/null
"$THINWIRE" run $scenario -q -o "$scratch/shards" --shard 0/2 2>/dev/null
"$THINWIRE" run $scenario -q -o "$scratch/shards" --shard 1/2 2>/dev/null
for run in whole2 resumed shards; do
    for file in points steps tuning; do
        cmp "$scratch/whole/$file.csv" "$scratch/$run/$file.csv" || fail "$run: $file.csv differs"
    done
done
expect_status 0 "$THINWIRE" run $scenario -q -o "$scratch/set" --set rate=1e30 --set method=dense
grep -q "'dense' (rho=0.5) diverges at every value of 'rate'; 1e30, the first, is taken" "$scratch/err" ||
    fail "nothing said of a method that always diverges"

# ^C among the trials, and on again. 20 rates × 2 seeds of one method.
rates=$(seq -s, 0.01 0.01 0.20)
set -- run $scenario -q -j 1 --set method=dense --set "rate=$rates" --only '$rho = 0.5'
"$THINWIRE" "$@" -o "$scratch/uncut" 2>/dev/null
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
[ "$got" = 130 ] || fail "exit status $got, not 130"
grep -q 'interrupted while tuning; run the same command again' "$scratch/err" || fail "no word of it"
"$THINWIRE" "$@" -o "$scratch/cut" 2>/dev/null
cmp "$scratch/uncut/points.csv" "$scratch/cut/points.csv" || fail "the interrupted run differs"

# Trials that fail (on a platform that SimGrid refuses) leave their method out, and nothing else.
here=$PWD/tests/cli/scenarios
sed -e 's/executor="maxplus"/executor="simgrid"/' -e '/<sweep>/d' -e '/<axis/d' -e '/<exclude/d' \
    -e "s#<platform>.*#<platform file=\"\$net\" nodes=\"2\" bw=\"1Gbps\" lat=\"25us\"/>#" \
    -e "s#</sweep>#<sweep><axis name=\"net\" values=\"$here/broken-links.xml,$here/two-hosts.xml\"/></sweep>#" \
    -e 's/rate="$rate"/rate="0.1"/' -e 's/$rho/0.5/' -e 's/over="rate"/over="eta"/' -e 's/,1e30//' \
    -e 's#type="ef14"#type="ef21m" eta="$eta"#' $scenario >"$scratch/broken.xml"
expect_status 1 "$THINWIRE" run "$scratch/broken.xml" -q -o "$scratch/broken"
grep -q "'topk' is not tuned, for trials of it failed" "$scratch/err" || fail "no word of failed trials"
[ "$(column "$scratch/broken/points.csv" method | tr '\n' ' ')" = "dense dense " ] || fail "what is left"

expect_status 0 "$THINWIRE" run tests/cli/scenarios/tuning-eta.xml -q -o "$scratch/eta"
[ "$(column "$scratch/eta/points.csv" eta | tr '\n' ' ')" = " 1 " ] || fail "eta of dense and momentum"
[ "$(column "$scratch/eta/tuning.csv" method | sort -u)" = momentum ] || fail "dense was tuned"
sed -e 's/values="0.1,0.5,1"/values="0.1,0.5,0.50"/' tests/cli/scenarios/tuning-eta.xml >"$scratch/same.xml"
expect_status 1 "$THINWIRE" run "$scratch/same.xml" -q -o "$scratch/same"
grep -q 'eta = 0.50 method .momentum. computes just what it does with 0.5' "$scratch/err" ||
    fail "equal values were tried as two"
echo "tuned, resumed and sharded to the same bytes"
