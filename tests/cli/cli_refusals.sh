#!/bin/sh
# What `run` would refuse at every point, `check`, `plan` and `run` answer at once: file and line of
# the element concerned, exit status 2, nothing run. And a status of 2 is never silent.
. tests/cli/lib.subr

# scenario NODES_ETC NETWORK SOURCE METHOD: each argument on its own line (3, 4, 6, 8).
scenario() {
    cat >"$scratch/s.xml" <<END
<scenario id="s">
  <platform>
    <cluster bw="1Gbps" lat="25us" $1/></platform>
  <network $2/>
  <workload steps="3">
    $3
  </workload>
  <method id="m">$4</method>
  ${5:-}
</scenario>
END
}

sizes='<gradient source="sizes" model="fmnist-softmax"/>'
dense='<compressor type="none"/>'
gather() { echo "<compressor type=\"topk\" ratio=\"0.1\"/><collective operation=\"allgather\" algorithm=\"$1\"/>"; }
sum() { echo "<compressor type=\"none\"/><collective operation=\"allreduce\" algorithm=\"$1\"/>"; }

# refused LINE TEXT: by all three commands.
refused() {
    for command in check plan "run -o $scratch/r"; do
        # shellcheck disable=SC2086 # options are to be split off
        expect_status 2 "$THINWIRE" $command "$scratch/s.xml"
        grep -q "^$scratch/s.xml:$1: error: .*$2" "$scratch/err" ||
            { cat "$scratch/err" >&2; fail "$command does not say '$2' of line $1"; }
        [ ! -e "$scratch/r" ] || fail "$command began to run"
    done
}
accepted() { "$THINWIRE" check "$scratch/s.xml" >/dev/null || fail "it is refused"; }

scenario 'nodes="5"' 'executor="maxplus"' "$sizes" "$(gather neighbor_exchange)"
refused 8 'neighbor_exchange does not fit 5 ranks'
scenario 'nodes="6"' 'executor="maxplus"' "$sizes" "$(gather neighbor_exchange)"
accepted
scenario 'nodes="6"' 'executor="simgrid"' "$sizes" "$(gather recursive_doubling)"
refused 8 'recursive_doubling does not fit 6 ranks'
scenario 'nodes="7"' 'executor="simgrid"' "$sizes" "$(sum torus2d)"
refused 8 'torus2d does not fit 7 ranks'
grep -q 'hint: .*ring' "$scratch/err" || fail "no word on what fits"
scenario 'nodes="8"' 'executor="simgrid"' "$sizes" "$(sum hierarchical)"
refused 8 'hierarchical does not fit 8 ranks on 8 nodes'
scenario 'nodes="1"' 'executor="maxplus"' "$sizes" "$(sum parameter_server)" # nothing is exchanged
accepted

scenario 'nodes="4" bb_bw="9Gbps"' 'executor="maxplus"' "$sizes" "$dense"
refused 4 'maxplus does not know the cluster attribute bb_bw'
loopback='loopback_bw="300GBps" loopback_lat="2us"'
scenario "nodes=\"4\" ranks_per_node=\"2\" $loopback" 'executor="maxplus"' "$sizes" "$dense"
refused 8 'maxplus prices exchanges of one rank per node'
scenario "nodes=\"4\" ranks_per_node=\"2\" $loopback" 'executor="simgrid"' "$sizes" "$dense"
accepted
scenario 'nodes="4"' 'executor="maxplus" model="tcp"' "$sizes" "$dense"
refused 4 'not tcp'
scenario 'nodes="4"' 'executor="maxplus"' "$sizes" "$(sum parameter_server)"
refused 8 'maxplus prices one-port schedules'
scenario 'nodes="4" ranks_per_node="2"' 'executor="simgrid"' "$sizes" "$dense"
refused 3 'need loopback_bw and loopback_lat'

scenario 'nodes="4"' 'executor="maxplus"' "$sizes" "$dense" \
    '<output><plot type="time-vs-bandwith"/></output>'
refused 9 "there is no figure 'time-vs-bandwith'"
grep -q "did you mean 'time-vs-bandwidth'" "$scratch/err" || fail "no guess at the figure"

scenario 'nodes="4"' 'executor="maxplus"' \
    '<objective type="quadratic"/><optimizer type="sgd" rate="0.1" nesterov="yes"/>' "$dense"
refused 6 'nesterov="yes" needs a momentum'

recording=$PWD/scenarios/data/fmnist-softmax-4x4.npy # 4 steps of 4 ranks
scenario 'nodes="5"' 'executor="maxplus"' "<gradient source=\"recorded\" file=\"$recording\"/>" "$dense"
refused 6 'holds 4 steps of 4 ranks, the run needs 3 steps of 5 ranks'
scenario 'nodes="5"' 'executor="maxplus"' \
    "<gradient source=\"recorded\" file=\"$recording\" reuse=\"cycle\"/>" "$dense"
accepted

# A data set of 3 training samples, of which the headers are all that is looked at.
mkdir -p "$scratch/data/fashion-mnist"
for file in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
    printf '\000\000\010\001\000\000\000\003\001\002\003' | gzip \
        >"$scratch/data/fashion-mnist/$file-ubyte.gz"
done
export THINWIRE_DATA="$scratch/data"
scenario 'nodes="4"' 'executor="maxplus"' \
    '<objective type="softmax"/><optimizer type="sgd" rate="0.1"/>' "$dense"
refused 6 '3 training samples cannot be split among 4 ranks'
scenario 'nodes="3"' 'executor="maxplus"' \
    '<objective type="softmax"/><optimizer type="sgd" rate="0.1"/>' "$dense"
accepted

# With a warning, and too little memory for its points, there are still words for the 2.
scenario 'nodes="4" ' 'executor="maxplus"' "$sizes" \
    "$(sum ring)<collective operation=\"allgather\" algorithm=\"ring\"/>" \
    '<repeat count="1000000"/>'
# shellcheck disable=SC3045 # dash and bash know ulimit -v; where it is unknown this is skipped
if (ulimit -v 400000 && "$THINWIRE" check scenarios/quickstart.xml) >/dev/null 2>&1; then
    got=0
    # shellcheck disable=SC3045
    (ulimit -v 400000 && "$THINWIRE" check "$scratch/s.xml") >/dev/null 2>"$scratch/err" || got=$?
    [ "$got" = 2 ] || fail "exit status $got, not 2, without memory"
    grep -q warning "$scratch/err" || fail "the warning is lost"
    grep -q 'error: .*memory' "$scratch/err" || fail "exit status 2 without a word"
fi
echo "refused before anything runs"
