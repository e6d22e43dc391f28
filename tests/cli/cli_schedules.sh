#!/bin/sh
# What a scenario says of schedules beside their names: presets, segments, ranks per machine, and
# where latency passes. Each is an axis here.
. tests/cli/lib.subr

# scenario CLUSTER NETWORK DIMENSION COLLECTIVE [AXES]: the lines that errors name are 2, 3, 5.
scenario() {
    cat >"$scratch/s.xml" <<END
<scenario id="s">
  <platform><cluster bw="1GBps" $1</platform>
  <network $2/>
  <workload steps="1"><gradient source="synthetic" dimension="$3"/></workload>
  <method id="m"><compressor type="none"/><collective operation="allreduce" $4/></method>
  <sweep>${5:-}</sweep>
</scenario>
END
}
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
refused() { # LINE TEXT
    expect_status 2 "$THINWIRE" check "$scratch/s.xml"
    grep -q "^$scratch/s.xml:$1: error: .*$2" "$scratch/err" ||
        { cat "$scratch/err" >&2; fail "line $1 is not told '$2'"; }
}

# Presets: 4 kB and 4 MB on 8 ranks. Open MPI's rule of release 4.0: below 10 kB doubling, then the
# ring while blocks have at most 1 MiB; MPICH and UCC: Rabenseifner from 2 kB and 4 kB on.
eight='nodes="8" lat="10us"/>'
scenario "$eight" '' '$d' 'preset="$preset"' \
    '<axis name="preset" values="ompi,mpich,ucc"/><axis name="d" values="1000,1000000"/>'
run
expect collective allreduce=recursive_doubling allreduce=ring allreduce=rabenseifner \
    allreduce=rabenseifner allreduce=recursive_doubling allreduce=rabenseifner
# NCCL takes trees for small messages (8 ranks, 40 B: 36.8 us in protocol LL, its ring 44.4), which
# max-plus cannot price: that point is refused by name.
scenario "$eight" 'executor="$e"' 10 'preset="nccl"' '<axis name="e" values="simgrid,maxplus"/>'
refused 5 'maxplus prices .*double_binary_tree'
sed -i 's/simgrid,maxplus/simgrid/' "$scratch/s.xml"
"$THINWIRE" run "$scratch/s.xml" -q -o "$scratch/n" 2>"$scratch/err" || fail "NCCL's tree"
[ "$(column "$scratch/n/points.csv" collective)" = allreduce=double_binary_tree ] || fail nccl
scenario "$eight" '' 1000 'preset="nccl" algorithm="ring"'
refused 5 "preset 'nccl' chooses the schedule, and algorithm 'ring' names one"
scenario "$eight" '' 1000 'preset="ncl"'
refused 5 "attribute preset: 'ncl' is unknown"
grep -q "did you mean 'nccl'" "$scratch/err" || fail "no guess at the preset"

# Segments: blocks of 250000/4 elements in m of 16384 (64 KiB): m = 4, and (m+1)(p-1) messages;
# in one of 1 MiB: m = 1.
scenario 'nodes="4" lat="10us"/>' '' 250000 'algorithm="segmented_ring" segment="$s"' \
    '<axis name="s" values="64KiB,1MiB"/>'
run
expect messages_per_rank 15 6
# A block of 250000 floats in at most 32768 segments: 7.6 floats each, so 8.
scenario 'nodes="4" lat="10us"/>' '' 1000000 'algorithm="segmented_ring" segment="31B"'
refused 5 'cannot send 4000000 B on 4 ranks in segments of 28 B'
grep -q 'segment: at least 32B here' "$scratch/err" || fail "the least segment is not told"
sed -i 's/31B/32B/' "$scratch/s.xml"
"$THINWIRE" check "$scratch/s.xml" >/dev/null || fail "the least segment is refused"
scenario "$eight" '' 1000 'algorithm="ring" segment="64KiB"'
refused 5 'segment: allreduce ring does not send in segments'
scenario "$eight" '' 1000 'segment="64KiB"'
refused 5 'segment: allreduce auto does not send in segments'
scenario "$eight" '' 1000 'preset="ucc" segment="64KiB"'
refused 5 'segment: allreduce ucc does not send in segments'
scenario "$eight" '' 1000 'preset="ompi" segment="64KiB"' # its ring of large messages is segmented
"$THINWIRE" check "$scratch/s.xml" >/dev/null || fail "a segment of ompi's"

# Machines of four: 2·3 messages inside, and two of Rabenseifner's between the two machines.
scenario 'nodes="8" lat="10us" node_ranks="$g"/>' '' 1000 'algorithm="hierarchical"' \
    '<axis name="g" values="4,2"/>'
run
expect messages_per_rank 8 6 # of two: 2·1 inside, 2·log2(4) between
scenario 'nodes="8" lat="10us" node_ranks="3"/>' '' 1000 'algorithm="hierarchical"'
refused 5 'hierarchical does not fit 8 ranks'

# Unequal latencies: a server on node 0 (latency 0), 1 MB pushed and pulled by nodes 1 (.1 ms) and
# 2 (1 ms) over its link of 1 GB/s. The push of node 1 starts at .1 ms and has .9 MB through when the
# other starts at 1 ms. Then, in ms:
#   max-min: both at half rate; node 1 ends at 1.2; the pulls do the same from 2.1 on: 3.3 and 4.2;
#   by weight 10:1: node 1 ends at 1 + .1/(10/11) = 1.11; its pull ends 2.1 + 1.11 = 3.21.
# The link is never idle, so ranks 0 and 2 end at 4.2 in both. Mean over ranks: 3.9 and 3.87.
scenario 'nodes="3" lat="0s"><node index="1" lat="100us"/><node index="2" lat="1ms"/></cluster>' \
    'latency="$l"' 250000 'algorithm="parameter_server"' '<axis name="l" values="sender,link"/>'
run
# shellcheck disable=SC2046 # one number per word
set -- $(column "$scratch/r/points.csv" transfer_s)
close_to "$1" 3.9e-3 1e-9 "latency at the sender"
close_to "$2" 3.87e-3 1e-9 "latency on the link"
scenario "$eight" 'latency="sender" model="tcp"' 1000 'algorithm="ring"'
refused 3 'latency "sender" is for the models ideal and ethernet'
scenario "$eight" 'latency="late"' 1000 'algorithm="ring"'
refused 3 "attribute latency: 'late' is unknown"

# full: a ring of 256 equal blocks is reckoned from its first steps, or simulated to its end.
scenario 'nodes="256" lat="10us"/>' 'full="$f"' 25600 'algorithm="ring"' \
    '<axis name="f" values="no,yes"/>'
run
# shellcheck disable=SC2046 # one number per word
set -- $(column "$scratch/r/points.csv" step_time_s)
close_to "$1" "$2" 1e-9 "the reckoned ring"
grep -q '"steps_extrapolated": 0' "$scratch/r/manifest.json" || fail "full is not simulated"
grep -q '"steps_extrapolated": [1-9]' "$scratch/r/manifest.json" || fail "nothing is reckoned"
echo "presets, segments, machines and latencies are a scenario's"
