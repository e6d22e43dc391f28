#!/bin/sh
# Options that cannot go with the tensors, or with a workload without numbers, are answered by check with
# file and line, and run refuses them before any point runs.
. tests/cli/lib.subr
# scenario WORKLOAD METHOD: the method's compressor is in line 5.
scenario() {
    cat >"$scratch/s.xml" <<XML
<scenario id="options">
  <platform><cluster nodes="4" bw="1Gbps" lat="25us"/></platform>
  <workload steps="2">$1</workload>
  <method id="fine"><compressor type="none"/></method>
  <method id="m">$2</method>
</scenario>
XML
}
# refused TEXT: both commands, exit status 2, in line 5.
refused() {
    for command in "check $scratch/s.xml" "run $scratch/s.xml -q -o $scratch/r"; do
        status=0
        # shellcheck disable=SC2086 # words that are meant to split
        "$THINWIRE" $command >/dev/null 2>"$scratch/err" || status=$?
        [ "$status" = 2 ] || fail "$command: exit status $status, not 2"
        grep -q "s.xml:5: error: .*$1" "$scratch/err" || { cat "$scratch/err"; fail "not said: $1"; }
    done
    [ ! -e "$scratch/r/points.csv" ] || fail "a point has run"
}
sizes='<gradient source="sizes" model="resnet50"/>'
scenario "$sizes" '<compressor type="topk" ratio="0.01" index="rice"/>'
refused 'the bytes of compressor topk depend on the data'
scenario "$sizes" '<compressor type="none"/><tensors dims="2" type="topk" ratio="0.01" index="rice"/>'
refused 'the bytes of compressor topk depend on the data'
scenario "$sizes" '<compressor type="none"/><tensors match="nothing*" type="topk" ratio="0.01" index="rice"/>'
"$THINWIRE" check "$scratch/s.xml" >/dev/null || fail "a rule that matches nothing sends nothing"
scenario '<gradient source="synthetic" dimension="1000"/>' '<compressor type="countsketch" rows="2"/>'
refused 'rows must be odd.*: 2'
echo "options are checked against tensors"
