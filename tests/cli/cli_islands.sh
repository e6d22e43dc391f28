#!/bin/sh
# Islands from a scenario: their times by hand, one data-plane run for both modes, what is refused.
. tests/cli/lib.subr

# scenario CLUSTER NETWORK WORKLOAD METHOD INSIDE [AXES]: the lines that errors name are 2 to 6.
scenario() {
    cat >"$scratch/s.xml" <<XML
<scenario id="s">
  <platform><cluster bw="1.25GBps" lat="25us" $1/></platform>
  <network $2/>
  <workload steps="3" $3</workload>
  <method id="m" $4>$5</method>
  <sweep>${6:-}</sweep>
</scenario>
XML
}
run() {
    rm -rf "$scratch/r"
    "$THINWIRE" run "$scratch/s.xml" -q -o "$scratch/r" 2>"$scratch/err" ||
        { cat "$scratch/err" >&2; fail "run"; }
}
values() { column "$scratch/r/$1.csv" "$2" | tr '\n' ' '; }
each_close() { # COLUMN TOLERANCE VALUES…
    name=$1 tolerance=$2
    shift 2
    for got in $(column "$scratch/r/points.csv" "$name"); do
        close_to "$got" "$1" "$tolerance" "$name"
        shift
    done
}
refused() { # LINE TEXT
    expect_status 2 "$THINWIRE" check "$scratch/s.xml"
    grep -q "^$scratch/s.xml:$1: error: .*$2" "$scratch/err" ||
        { cat "$scratch/err" >&2; fail "line $1 is not told '$2'"; }
}
sizes='><gradient source="synthetic" dimension="8000"/>'
dense='<compressor type="none"/>'
topk='<compressor type="topk" ratio="0.01"/><feedback type="ef14"/>'
executors='<axis name="x" values="simgrid,maxplus"/>'

# Eight nodes, M = 32 kB, α = 50 µs, β = .8 ns/B; kernels are free. By shares: halving inside, doubling
# between, doubling inside. Islands of 4: (2 + 1 + 2)α + (3/4 + 1/4 + 3/4)Mβ = 294.8 µs; of 8, nothing
# between: 6α + 7/4·Mβ = 344.8 µs; of 1: 3 steps of α + Mβ.
scenario 'nodes="8"' 'executor="$x"' "$sizes" 'island="$i"' "$dense" \
    "<axis name=\"i\" values=\"1,4,8\"/>$executors"
run
each_close step_time_s 1e-9 226.8e-6 226.8e-6 294.8e-6 294.8e-6 344.8e-6 344.8e-6
[ "$(values points island)" = "1 1 4 4 8 8 " ] || fail "islands: $(values points island)"

# Two nodes of four ranks. Leaders: inside all-reduce and broadcast, 2(α' + Mβ') each with α' = 2 µs and
# β' = 4 ps/B; between α + Mβ. Shares, on SimGrid alone: 4α' + 3/2·Mβ', and four ranks share the link:
# α + Mβ. Numbers do not depend on the mode: one run of the data plane.
node='nodes="2" ranks_per_node="4" loopback_bw="250GBps" loopback_lat="2us"'
scenario "$node" '' "$sizes" 'island="4" island_mode="$m"' "$dense" \
    '<axis name="m" values="auto,leader,share"/>'
run
each_close step_time_s 1e-9 84.112e-6 84.112e-6 83.792e-6
[ "$(values cost data_reused)" = "0 1 1 " ] || fail "data plane: $(values cost data_reused)"
"$THINWIRE" plan --format=tsv "$scratch/s.xml" >"$scratch/plan"
for way in sent_B_per_rank messages_per_rank; do
    planned=$(awk -F '\t' -v n=$way '/^index/ { for (i = 1; i <= NF; i++) if ($i == n) c = i; next }
        c { printf "%s ", $c }' "$scratch/plan")
    [ "$planned" = "$(values points $way)" ] || fail "$way: planned $planned, run $(values points $way)"
done
scenario "$node" 'executor="maxplus"' "$sizes" 'island="4"' "$dense"
run
each_close step_time_s 1e-9 84.112e-6

# Two GPU nodes of four. A card each: shares, 4α' + 3/2·Mβ' + α + M/4·β. One card behind the crossbar:
# leaders, 4(α' + Mβ') + (α + 2·1 µs) + Mβ.
scenario 'nodes="8"' '' "$sizes" 'island="4"' "$dense" '<axis name="n" values="4,1"/>'
gpus='<gpu_nodes nodes="2" gpus="4" nvlink_bw="250GBps" nvlink_lat="1us" nics="$n" bw="1.25GBps" lat="25us"/>'
sed -i "s|<cluster.*/>|$gpus|" "$scratch/s.xml"
run
each_close step_time_s 1e-9 64.592e-6 86.112e-6

# Training: dense islands lose what dense ranks lose; Top-K of islands is another run, with less memory.
quadratic='precision="fp64" evaluate="3"><objective type="quadratic" kind="diagonal" dimension="200" noise="0.5"/><optimizer type="sgd" rate="0.1"/>'
scenario 'nodes="8"' '' "$quadratic" 'island="$i"' "$dense" '<axis name="i" values="1,2,8"/>'
run
first=$(column "$scratch/r/points.csv" final_loss | head -1)
each_close final_loss 1e-12 "$first" "$first" "$first"
scenario 'nodes="8"' '' "$quadratic" 'island="$i"' "$topk" '<axis name="i" values="1,2"/>'
run
column "$scratch/r/points.csv" final_loss | sort -u | wc -l | grep -qx 2 || fail "one loss for two ways"
# shellcheck disable=SC2046 # two numbers
set -- $(values points memory_B_per_rank)
[ "$2" -lt "$1" ] || fail "memory of a rank in an island: $2, alone: $1"

# A recording of four ranks.
recording="><gradient source=\"recorded\" file=\"$PWD/scenarios/data/fmnist-softmax-4x4.npy\"/>"
scenario 'nodes="4"' 'executor="$x"' "$recording" 'island="2"' "$topk" "$executors"
run
# shellcheck disable=SC2046 # two numbers
set -- $(values points step_time_s)
close_to "$1" "$2" 1e-9 "a recording, both executors"

# Two levels of a quantised reduce-scatter, 8000 values, blocks of 256. Inside, slices of 2000: 8·4 + 2000
# bytes as int8, 8·4 + 1000 as int4; an all-to-all in two steps of two messages (Bruck). Between, slices of
# 4000 in int4: 16·4 + 2000 bytes, of which each of four ranks has 516, to one owner and back. Spread:
# 24000 bytes in two steps. Six α, and 4·2032 + 2·516 + 24000 = 33160 bytes, or 4·1032 + … = 29160.
scenario 'nodes="8"' 'executor="$x"' "$sizes" 'island="4" island_mode="share" inside="$q"' \
    '<compressor type="quant_reduce" first="int4"/>' "<axis name=\"q\" values=\"int8,int4\"/>$executors"
run
each_close sent_B_per_rank 1e-12 33160 33160 29160 29160
each_close step_time_s 1e-9 326.528e-6 326.528e-6 323.328e-6 323.328e-6
[ "$(values cost data_reused)" = "0 1 0 1 " ] || fail "data plane: $(values cost data_reused)"

# What is refused, where it is written.
scenario 'nodes="8"' '' "$sizes" 'inside="int8"' "$dense"
refused 5 'inside="int8" is about islands'
scenario 'nodes="8"' '' "$sizes" 'island="2" inside="int8"' "$dense"
refused 5 'gives every rank of an island a share'
grep -q 'hint: island_mode="share"' "$scratch/err" || fail "no word on the mode"
scenario 'nodes="8"' '' "$sizes" 'island="2" island_mode="share" inside="int8"' \
    "$dense<tensors match=\"*\" type=\"none\"/>"
refused 5 'not together with rules for tensors'
scenario 'nodes="8"' '' "$sizes" 'island="2" island_mode="share" inside="int2"' "$dense"
refused 5 "attribute inside: 'int2'"
scenario 'nodes="8"' '' "$sizes" 'island="2" island_mode="share" inside="int8" inside_block="0"' "$dense"
refused 5 "attribute inside_block: '0'"
scenario 'nodes="8"' '' "$sizes" 'island="3"' "$dense"
refused 5 "attribute island: '3' does not divide the 8 ranks"
grep -q 'hint: valid: 1 2 4 8' "$scratch/err" || fail "no word on what divides"
scenario 'nodes="8"' '' "$sizes" 'island="$i"' "$dense" '<axis name="i" values="2,5"/>'
refused 6 "'5' does not divide the 8 ranks"
scenario 'nodes="8"' '' "$sizes" 'island="0"' "$dense"
refused 5 'attribute island'
scenario 'nodes="8"' '' "$sizes" 'island="2" island_mode="split"' "$dense"
refused 5 "attribute island_mode: 'split'"
scenario "$node" 'executor="maxplus"' "$sizes" 'island="4" island_mode="share"' "$dense"
refused 5 'maxplus prices exchanges of one rank per node'
doubling="$topk<collective operation=\"allgather\" algorithm=\"recursive_doubling\"/>"
scenario 'nodes="6"' '' "$sizes" 'island="2"' "$doubling"
refused 5 'recursive_doubling does not fit 3 islands'
scenario 'nodes="6"' '' "$sizes" 'island="3"' "$doubling" # two of them
run

echo "islands are as by hand"
