#!/bin/sh
# shellcheck disable=SC2046 # one number per word
# Merges from a scenario: gtopk and sparcml train, both executors price what was merged, the schedule
# decides what is computed, and networks share one data plane.
. tests/cli/lib.subr

# scenario COMPRESSOR WORKLOAD COLLECTIVE AXES: line 5 is the method's (of a workload of one line).
scenario() {
    cat >"$scratch/s.xml" <<END
<scenario id="s">
  <platform><cluster nodes="\$nodes" bw="\$bw" lat="10us"/></platform>
  <network executor="\$executor"/>
  <workload steps="$steps" evaluate="1">$2</workload>
  <method id="m"><compressor type="$1"/><feedback type="ef14"/><collective operation="merge" $3/></method>
  <sweep><axis name="executor" values="maxplus,simgrid"/>$4</sweep>
</scenario>
END
}
steps=5
one='<axis name="nodes" values="5"/><axis name="bw" values="1GBps"/>'
drawn='<gradient source="synthetic" dimension="1000"/>'
quadratic='<objective type="quadratic" kind="diagonal" dimension="100" least="1" greatest="3"/>
    <optimizer type="sgd" rate="0.02"/>'
run() {
    rm -rf "$scratch/r"
    "$THINWIRE" run "$scratch/s.xml" -q -o "$scratch/r" 2>"$scratch/err" ||
        { cat "$scratch/err" >&2; fail "run"; }
}
expect() { # COLUMN VALUES…, one a point
    name=$1
    shift
    got=$(column "$scratch/r/points.csv" "$name" | tr '\n' ' ')
    [ "$got" = "$* " ] || fail "$name: $got, not $*"
}
step_times() { # SECONDS…, one a point
    for s in $(column "$scratch/r/points.csv" step_time_s); do
        close_to "$s" "$1" 1e-9 "a step"
        shift
    done
}

# k = 100 values of 8 B in every hop, alpha = 20 us, beta = 1 ns/B, five ranks: the tree takes 2·3
# hops, 2·4 messages; doubling 2 and the fold's 2, 4·2 + 2 messages. auto is doubling.
scenario 'gtopk" ratio="0.1' "$drawn" 'algorithm="$m"' \
    "$one<axis name=\"m\" values=\"tree,recursive_doubling,auto\"/>"
run
expect collective merge=tree merge=recursive_doubling merge=recursive_doubling \
    merge=tree merge=recursive_doubling merge=recursive_doubling
step_times 124.8e-6 83.2e-6 83.2e-6 124.8e-6 83.2e-6 83.2e-6
expect sent_B_per_rank 1280 1600 1600 1280 1600 1600
# The executors price one run; five ranks are merged in another order by the other schedule.
[ "$(column "$scratch/r/cost.csv" data_key | sort -u | wc -l)" = 3 ] || fail "keys of the data plane"

# Training: eight ranks meet the same pairs in both schedules and learn the same to the last bit; with
# six the order of the merges is another, and so are the numbers. Either way the loss falls, which
# what is never sent of a tenth of the values could not do without the memory.
steps=300
scenario 'gtopk" ratio="0.1' "$quadratic" 'algorithm="$m"' \
    '<axis name="nodes" values="8,6"/><axis name="bw" values="1GBps"/><axis name="m" values="tree,recursive_doubling"/>'
run
set -- $(column "$scratch/r/points.csv" final_loss)
[ "$1" = "$2" ] || fail "eight ranks end at $1 and $2"
[ "$3" != "$4" ] || fail "six ranks end at $3 in both orders"
[ "$1 $2 $3 $4" = "$5 $6 $7 $8" ] || fail "executors change the loss"
start=$(column "$scratch/r/steps.csv" loss | head -n 1)
awk -v s="$start" -v e="$1" 'BEGIN { exit !(e < 0.01 * s) }' || fail "the loss goes from $start to $1"

steps=5
# Lists that grow with the data: each executor prices the sizes of every hop, and a trace read back
# from the cache (the second bandwidth) is the trace. With alpha's 2·20 us for four ranks, the rest
# scales with the bytes: the first hop's 4 + 8·100, the second's up to 4 + 8·200.
scenario 'sparcml" ratio="0.1' "$drawn" 'algorithm="auto"' \
    '<axis name="nodes" values="4"/><axis name="bw" values="1GBps,100MBps"/>'
run
set -- $(column "$scratch/r/points.csv" step_time_s)
close_to "$1" "$3" 1e-9 "sparcml's executors"
close_to "$2" "$4" 1e-9 "sparcml's executors, less bandwidth"
awk -v a="$1" -v b="$2" 'BEGIN { fast = a - 40e-6; slow = b - 40e-6; r = slow / fast
    exit !(r > 10 - 1e-6 && r < 10 + 1e-6 && fast >= 1.608e-6 && fast <= 2.408e-6) }' ||
    fail "sparcml takes $1 and $2 s"
[ "$(column "$scratch/r/cost.csv" data_key | sort -u | wc -l)" = 1 ] || fail "sparcml runs twice"

# Sizes alone: gTop-k's are known, SparCML's are not.
scenario 'gtopk" ratio="0.1' '<gradient source="sizes" model="fmnist-softmax"/>' 'algorithm="tree"' "$one"
run
expect data_source sizes sizes
scenario 'sparcml" ratio="0.1' '<gradient source="sizes" model="fmnist-softmax"/>' 'algorithm="tree"' "$one"
expect_status 2 "$THINWIRE" check "$scratch/s.xml"
grep -q "sparcml" "$scratch/err" || fail "sparcml is not refused by name"

# A library has no rule for merges.
scenario 'gtopk" ratio="0.1' "$drawn" 'preset="ompi"' "$one"
expect_status 2 "$THINWIRE" check "$scratch/s.xml"
grep -q "s.xml:5: error: .*ompi chooses nothing for merge" "$scratch/err" ||
    { cat "$scratch/err" >&2; fail "a preset for merges"; }
echo "merges are a scenario's, and priced as they were merged"
