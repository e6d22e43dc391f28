#!/bin/sh
# A grid of one value tunes nothing, and a best value that one on the edge equals may be beaten beyond it.
. tests/cli/lib.subr
# scenario VALUES METRIC: every rate of .2 … .4 takes the quadratic's loss below 1e6 at its start.
scenario() {
    cat >"$scratch/s.xml" <<XML
<scenario version="1.0" id="edges">
  <platform><cluster nodes="2" bw="1Gbps" lat="1us"/></platform>
  <workload steps="4" evaluate="4"><objective type="quadratic"/>
    <optimizer type="sgd" rate="\$rate"/><target loss="1e6"/></workload>
  <method id="dense"><compressor type="none"/></method>
  <tune over="rate" values="$1" metric="$2"/>
</scenario>
XML
    rm -rf "$scratch/r"
    "$THINWIRE" run "$scratch/s.xml" -o "$scratch/r" >/dev/null 2>"$scratch/err" || fail "run: $(cat "$scratch/err")"
}
scenario 0.3,0.2,0.4 steps_to_target
grep -q 'rate=0.3 lies on the edge of the grid, or a value there is as good' "$scratch/err" ||
    fail "a tie with the edge is not told: $(cat "$scratch/err")"
scenario 0.3 final_loss
grep -q "warning: 'dense' was tried at one value of 'rate' alone, 0.3, and so is not tuned" "$scratch/err" ||
    fail "one value is not told: $(cat "$scratch/err")"
echo 'one value and ties with the edge are told'
