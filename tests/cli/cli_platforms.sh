#!/bin/sh
# Shapes of platforms from a scenario, each attribute an axis, with times by hand.
. tests/cli/lib.subr

# scenario PLATFORM ALGORITHM DIMENSION AXES [NETWORK]: the platform is on line 2.
scenario() {
    cat >"$scratch/s.xml" <<END
<scenario id="s">
  <platform>$1</platform>
  <network ${5:-}/>
  <workload steps="1"><gradient source="synthetic" dimension="$3"/></workload>
  <method id="m"><compressor type="none"/><collective operation="allreduce" algorithm="$2"/></method>
  <sweep>$4</sweep>
</scenario>
END
}
run() {
    rm -rf "$scratch/r"
    "$THINWIRE" run "$scratch/s.xml" -q -o "$scratch/r" "$@" 2>"$scratch/err" ||
        { cat "$scratch/err" >&2; fail "run"; }
}
step_times() { # TIMES…, one a point
    name=$1
    shift
    for got in $(column "$scratch/r/points.csv" step_time_s); do
        close_to "$got" "$1" 1e-9 "$name"
        shift
    done
    [ $# = 0 ] || fail "$name: $# points are missing"
}
refused() { # TEXT
    expect_status 2 "$THINWIRE" check "$scratch/s.xml"
    grep -q "^$scratch/s.xml:[236]: error: .*$1" "$scratch/err" ||
        { cat "$scratch/err" >&2; fail "no word of '$1'"; }
}
axis() { echo "<axis name=\"$1\" values=\"$2\"/>"; }

# Fat tree, recursive doubling of 1 MB at 625 kB/s: flows of 1.6 s; partners at 1 and 2 are under a
# leaf of 4, at 4 and 8 across. 1:1 has a link up for each, 2:1 one for two, 4:1 one for all.
tree='<fat_tree nodes="16" leaf="$leaf" oversubscription="$o" bw="625kBps" lat="0s"/>'
scenario "$tree" recursive_doubling 250000 "$(axis leaf 4)$(axis o 1,2,4)"
run
step_times "fat tree" 6.4 9.6 16
scenario "$tree" ring 250000 "$(axis leaf 4)$(axis o 3)"
refused 'leaves of 4 cannot be oversubscribed 3:1'
scenario "$tree" ring 250000 "$(axis leaf 5)$(axis o 1)"
refused '16 nodes do not fill leaves of 5'
# Three levels: leaves of 2, pods of 2 leaves, 4 pods. Static routes spread flows by destination: partners
# at 1 are under a leaf, at 2 in a pod, at 4 and 8 across. With (o, p): a leaf has 2/o links up for 2 hosts,
# a pod's 2/o switches have 2/p each for its 4. Flows on the fullest link: (1,1) 1 1 1 1; (1,2) 1 1 2 2;
# (2,1) 1 2 2 2; (2,2) 1 2 4 4; each 1.6 s.
pods='<fat_tree nodes="16" leaf="2" oversubscription="$o" pod="2" pod_oversubscription="$p" bw="625kBps" lat="0s"/>'
scenario "$pods" recursive_doubling 250000 "$(axis o 1,2)$(axis p 1,2)"
run
step_times "fat tree in pods" 6.4 9.6 11.2 17.6
scenario "$pods" ring 1000 "$(axis o 1)$(axis p 3)"
refused 'pods of 2 cannot be oversubscribed 3:1'
# auto sees what the leaves' links carry: Rabenseifner has the fewest steps of those that send least, but
# its partners at 4 and 8 share links where two nodes have one up; a ring's flows do not.
slow='<fat_tree nodes="16" leaf="4" oversubscription="$o" bw="625kBps" lat="1us"/>'
scenario "$slow" auto 1000000 "$(axis o 1,2)"
run
[ "$(column "$scratch/r/points.csv" collective | tr '\n' ' ')" = "allreduce=rabenseifner allreduce=ring " ] ||
    fail "auto on fat trees: $(column "$scratch/r/points.csv" collective)"
times=$(column "$scratch/r/points.csv" step_time_s | tr '\n' ' ')
"$THINWIRE" plan "$scratch/s.xml" | grep -q 'allreduce=ring' || fail "plan says another schedule"
scenario "$slow" '$a' 1000000 '<zip><axis name="o" values="1,2"/><axis name="a" values="rabenseifner,ring"/></zip>'
run
[ "$(column "$scratch/r/points.csv" step_time_s | tr '\n' ' ')" = "$times" ] || fail "auto is not what it names"
# Another spelling of the same cluster has the same key.
scenario "$tree" ring 1000 "$(axis leaf 4)$(axis o 2)"
run
key=$(column "$scratch/r/points.csv" key)
scenario '<cluster nodes="$n" topology="FAT_TREE" topo_parameters="2;4,4;1,2;1,1" bw="625kBps" lat="0s"/>' \
    ring 1000 "$(axis n 16)"
run
[ "$(column "$scratch/r/points.csv" key)" = "$key" ] || fail "a fat tree is not SimGrid's"

# A torus of 4 x 4: a ring goes from (3,0) to (0,1), which is one link in each dimension: its slowest
# hop has 2 links of 1 ms, and 31 250 elements of 4 B at 1 MB/s, 30 times. Of 16 in one dimension: 1.
scenario '<torus dims="$d" bw="1MBps" lat="1ms"/>' ring 500000 "$(axis d 4x4,16)"
run
step_times torus 3.81 3.78
scenario '<torus dims="$d" bw="1MBps" lat="1ms"/>' ring 500000 "$(axis d 4xx4)"
refused "'4xx4' are not the dimensions of a torus"

# A dragonfly of 2 groups of 1 chassis of 2 routers of 2 hosts. A hop out of the group takes at most
# host, router, group, router, host: 5 links of 1 ms; 2 groups of 4 in a row: 8 ranks, 14 steps.
scenario '<dragonfly groups="$g" chassis="1" routers="2" hosts="2" bw="1MBps" lat="1ms"/>' ring 8000 \
    "$(axis g 2,1)"
run
column "$scratch/r/points.csv" ranks | tr '\n' ' ' | grep -q '^8 4 $' || fail "ranks of a dragonfly"
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
    { p = $c["ranks"]; t = $c["step_time_s"]; b = 32000 / p / 1e6; links = p == 8 ? 5 : 3
      if (t < 2 * (p - 1) * (2e-3 + b) || t > 2 * (p - 1) * (links * 1e-3 + b) * (1 + 1e-9))
          { print p, t; exit 1 } }' "$scratch/r/points.csv" || fail "ring of a dragonfly"

# GPU nodes, 4 of 8, 100 Gbps, 5 us and 1 us: a ring crosses a machine's border once per
# step, whatever the number of cards; a hierarchy uses all of them.
gpu='<gpu_nodes nodes="$n" gpus="8" nvlink_bw="150GBps" nvlink_lat="1us" nics="$c" bw="$bw" lat="5us"/>'
scenario "$gpu" "\$a" 400000 "$(axis n 4,2)$(axis c 1,8)$(axis bw 100Gbps)$(axis a ring,hierarchical)"
run --links
# Ring of 1.6 MB: 2(p-1) (12 us + 1.6 MB/p/12.5 GB/s); with a card at each GPU and slots without
# latency 10 us. Hierarchical: 2·7 steps of 2 us + .2 MB/150 GB/s inside, between them
# Rabenseifner of .2 MB over the 4 machines, 2·2 messages and 3/4 of the bytes each way; of all eight
# cards' groups at once, on one card eight times the bytes.
awk 'BEGIN { inside = 14 * (2e-6 + 2e5 / 150e9)
    for (n = 4; n >= 2; n -= 2) for (c = 1; c <= 8; c += 7) {
        p = 8 * n; lat = c == 1 ? 12e-6 : 10e-6
        printf "%.17g ", 2 * (p - 1) * (lat + 1.6e6 / p / 12.5e9)
        logn = n == 4 ? 2 : 1
        printf "%.17g ", inside + 2 * logn * lat + 2 * (n - 1) / n * 2e5 * 8 / c / 12.5e9 } }' \
    >"$scratch/want"
# shellcheck disable=SC2046 # one word a time
step_times "gpu nodes" $(cat "$scratch/want")
grep -q ',nic-3-7_UP,12500000000,' "$scratch/r/links.csv" || fail "links of the eighth card"
column "$scratch/r/points.csv" nodes | tr '\n' ' ' | grep -q '^4 4 4 4 2 2 2 2 $' || fail "nodes"
scenario "$gpu" ring 1000 "$(axis n 4)$(axis c 3)$(axis bw 1Gbps)"
refused 'nodes of 8 GPUs have 1 or 8 nics, not 3'
scenario "$gpu" ring 1000 "$(axis n 4)$(axis c 8)$(axis bw 1Gbps)" 'executor="maxplus"'
refused 'maxplus does not know the platform gpu_nodes'

# WAN: two regions, Virginia and Oregon: 26.3 ms with a detour of 1.5 by platforms/wan-10.xml, which
# rounds to .1 ms; a host each, then two behind one access link.
scenario '<wan regions="2" hosts="$h" bw="1Gbps" lat="0s" detour="$d"/>' ring 250000 \
    "$(axis h 1)$(axis d 1.5,3)" 'latency="sender"'
run
# shellcheck disable=SC2046 # one number per word
set -- $(column "$scratch/r/points.csv" step_time_s)
awk -v a="$1" -v b="$2" 'BEGIN { wire = 2 * 5e5 / 1.25e8; one = (a - wire) / 2; two = (b - wire) / 2
    exit !(one > .02625 && one < .02635 && two > one * 2 - 1e-9 && two < one * 2 + 1e-9) }' ||
    fail "a WAN of two takes $1 and $2"
scenario '<wan regions="11" bw="1Gbps" lat="0s" detour="1"/>' ring 1000 ''
refused "'11' is not a whole number from 1 to 10"
scenario '<torus dims="2x2" bw="1Gbps" lat="0s"/><wan bw="1Gbps" lat="0s" detour="1"/>' ring 1000 ''
refused 'both a torus and a wan'
echo "torus, fat tree, dragonfly, GPU nodes and WAN as by hand"
