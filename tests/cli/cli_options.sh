#!/bin/sh
# Options that cannot go with the tensors, or with a workload without numbers, are answered by check with
# file and line, and run refuses them before any point runs.
. tests/cli/lib.subr
# scenario WORKLOAD METHOD [MORE]: the method's compressor is in line 5, more of it in line 6.
scenario() {
    cat >"$scratch/s.xml" <<XML
<scenario id="options">
  <platform><cluster nodes="4" bw="1Gbps" lat="25us"/></platform>
  <workload steps="2">$1</workload>
  <method id="fine"><compressor type="none"/></method>
  <method id="m">$2
${3-}</method>
</scenario>
XML
}
# refused TEXT [LINE]: both commands, exit status 2, in line 5 (a rule in $3 of scenario is in line 6).
refused() {
    for command in "check $scratch/s.xml" "run $scratch/s.xml -q -o $scratch/r"; do
        status=0
        # shellcheck disable=SC2086 # words that are meant to split
        "$THINWIRE" $command >/dev/null 2>"$scratch/err" || status=$?
        [ "$status" = 2 ] || fail "$command: exit status $status, not 2"
        grep -q "s.xml:${2:-5}: error: .*$1" "$scratch/err" || { cat "$scratch/err"; fail "not said: $1"; }
    done
    [ ! -e "$scratch/r/points.csv" ] || fail "a point has run"
}
# said TEXT: a hint, with the last refusal.
said() {
    grep -q "hint: $1" "$scratch/err" || { cat "$scratch/err"; fail "no hint: $1"; }
}
sizes='<gradient source="sizes" model="resnet50"/>'
scenario "$sizes" '<compressor type="topk" ratio="0.01" index="rice"/>'
refused 'the bytes of compressor topk depend on the data'
scenario "$sizes" '<compressor type="none"/><tensors dims="2" type="topk" ratio="0.01" index="rice"/>'
refused 'the bytes of compressor topk depend on the data'
scenario "$sizes" '<compressor type="none"/><tensors match="nothing*" type="topk" ratio="0.01" index="rice"/>'
"$THINWIRE" check "$scratch/s.xml" >/dev/null 2>"$scratch/err" || fail "a rule that matches nothing sends nothing"
grep -q "s.xml:5: warning: method 'm': this rule matches no tensor of workload sizes" "$scratch/err" || fail "no warning"
grep -q 'hint: there are: conv1.weight, .*, … (161 tensors)' "$scratch/err" || { cat "$scratch/err"; fail "no tensors"; }
scenario "$sizes" '<compressor type="none"/><tensors dims="1" type="none"/>' '<tensors dims="1" type="topk" ratio="0.1"/>'
"$THINWIRE" check "$scratch/s.xml" >/dev/null 2>"$scratch/err" || fail "an idle rule is no error"
grep -q "s.xml:6: warning: .*every tensor that this rule matches (107) is taken" "$scratch/err" || { cat "$scratch/err"; fail "taken"; }
scenario '<gradient source="synthetic" dimension="1000"/>' '<compressor type="countsketch" rows="2"/>'
refused 'rows="2" is even'
said 'odd numbers from 1 to 15; the nearest are 1 and 3 (default 5)'
scenario '<gradient source="synthetic" dimension="1000"/>' '<compressor type="countsketch" memory="sketch"/>'
refused 'memory="sketch" keeps the table.s error'
said 'values="table" with memory="sketch", or memory="none" with values="exact"'
scenario '<gradient source="synthetic" dimension="1000"/>' '<compressor type="countsketch" momentum="0.5"/>'
refused 'momentum="0.5" is that of the table'
said 'memory="sketch" values="table" with it'

# fine: check has nothing to say.
fine() {
    "$THINWIRE" check "$scratch/s.xml" >/dev/null 2>"$scratch/err" || { cat "$scratch/err"; fail "refused: $1"; }
}
# The MLP's matrices are 256 x 784, 128 x 256 and 10 x 128. With rate 2 the first is factored below
# 256·784 / (2·1040) = 96.49, and with rate 200 below 0.96, so never. Nothing of the data is read.
mlp='<objective type="mlp"/><optimizer type="sgd" rate="0.1"/>'
for member in powersgd acpsgd; do
    scenario "$mlp" "<compressor type=\"$member\" rank=\"97\"/>"
    refused 'compressor: rank="97" is too large for every matrix.* 256 x 784 gains up to rank 96'
    said 'rank must be from 1 to 96 for these tensors (default 1)'
    scenario "$mlp" "<compressor type=\"$member\" rank=\"96\"/>"
    fine "rank 96"
done
scenario "$mlp" '<compressor type="powersgd" rate="200"/>'
refused 'rank="1" is too large for every matrix'
said 'rate must be lower (from 1, default 2)'
# A mistake of a rule is in its own line: of its matrices, the last layer's alone. 10·128 / (2·138) = 4.6.
scenario "$mlp" '<compressor type="none"/>' '<tensors match="fc3.*" type="powersgd" rank="5"/>'
refused 'tensors: rank="5" is too large.* 10 x 128 gains up to rank 4' 6
scenario "$mlp" '<compressor type="none"/>' '<tensors match="fc[12].*" type="powersgd" rank="5"/>'
fine "a rule whose matrices are large enough"
scenario "$sizes" '<compressor type="none"/>' '<tensors min_gain="2" type="topk" ratio="0.01" index="rice"/>'
refused 'the bytes of compressor topk depend on the data' 6
# Every stage of a schedule: 4 times a ratio of 0.5 is more than all values.
scenario "$mlp" '<compressor type="rtopk" ratio="0.01"><schedule option="ratio" values="0.5" steps="1"/></compressor>'
refused 'pool="4" times the values kept, at ratio 0.5, is more than every tensor has'
said 'pool must be from 1 to 2 for these tensors'
# Softmax regression is one matrix, 10 x 784, and 10 biases. Rows of 784 or of 10 values, blocks of 7840.
softmax='<objective type="softmax"/><optimizer type="sgd" rate="0.1"/>'
scenario "$softmax" '<compressor type="arctopk" ratio="0.1" rows="input" sketch="10"/>'
refused 'sketch="10" is not below the values of any row.* the longest has 10'
said 'sketch must be from 1 to 9 for these tensors (default 4)'
scenario "$softmax" '<compressor type="arctopk" ratio="0.1" sketch="10"/>'
fine "a sketch of rows of 784"
for member in arctopk arc_exact block_topk chunk_norm random_block; do
    scenario "$softmax" "<compressor type=\"$member\" ratio=\"0.1\" rows=\"blocks\" columns=\"7840\"/>"
    refused 'columns="7840" makes one block of every tensor.* has 7840 values'
    said 'columns must be from 1 to 7839 for these tensors'
done
# A vector of 1000 values has neither rows nor factors.
vector='<gradient source="synthetic" dimension="1000"/>'
for member in arctopk arc_exact block_topk chunk_norm random_block; do
    scenario "$vector" "<compressor type=\"$member\" ratio=\"0.1\"/>"
    refused 'vectors="dense", and no tensor is a matrix: all would be sent whole'
    said 'rows="blocks" columns="…" vectors="blocks" cuts vectors'
    scenario "$vector" "<compressor type=\"$member\" ratio=\"0.1\" rows=\"blocks\" columns=\"10\" vectors=\"blocks\"/>"
    fine "a vector in blocks"
done
for member in powersgd acpsgd; do
    scenario "$vector" "<compressor type=\"$member\"/>"
    refused 'no tensor is a matrix: all would stay dense'
    said 'factors need tensors of two dimensions'
done
scenario "$mlp" '<compressor type="none"/>' '<tensors dims="1" type="powersgd"/>'
refused 'tensors: no tensor is a matrix' 6
# 5 rows of floor(0.2·7850) = 1570 columns are 7850 cells, for 7850 values.
scenario "$softmax" '<compressor type="countsketch" width="0.2"/>'
refused 'a table of 5 rows by width="0.2" of 7850 values has 7850 cells, no fewer'
said 'width must be below 0.2 with these rows (default 0.08)'
scenario "$softmax" '<compressor type="countsketch" width="0.199"/>'
fine "a smaller table"
# A recording says its tensors itself: one step of one rank, 64 values that a layout cuts into 8 x 7 and 8.
# 8·7 / (2·15) = 1.87.
{
    printf '\223NUMPY\001\000\166\000%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 64), }"
    head -c 256 /dev/zero
} >"$scratch/g.npy"
printf 'name,offset,rows,columns\nw,0,8,7\nb,56,1,8\n' >"$scratch/g.csv"
recorded='<gradient source="recorded" file="g.npy" layout="g.csv" reuse="cycle"/>'
scenario "$recorded" '<compressor type="powersgd" rank="2"/>'
refused 'rank="2" is too large for every matrix.* 8 x 7 gains up to rank 1'
scenario "$recorded" '<compressor type="powersgd"/>'
fine "rank 1"
# Shapes of workloads with data, of which logistic knows its set's and a text is read for its symbols. 28 x 28 is
# factored below 784 / (2·56) = 7; a layer of 256 x 64 below 16384 / (2·320) = 25.6.
logistic='<objective type="logistic" columns="28"/><optimizer type="sgd" rate="0.1"/>'
scenario "$logistic" '<compressor type="powersgd" rank="7"/>'
refused 'rank="7" is too large for every matrix.* 28 x 28 gains up to rank 6'
head -c 9000 "$0" >"$scratch/t.txt"
scenario '<objective type="transformer" file="t.txt"/><optimizer type="sgd" rate="0.1"/>' '<compressor type="powersgd" rank="26"/>'
refused 'rank="26" is too large for every matrix.* gains up to rank 25'
# Every number of ranks of a sweep is asked about, in whatever order they come.
scenario "$sizes" '<compressor type="global_qsgd" levels="32767"/>' '</method><sweep><axis name="nodes" values="4,131072"/></sweep><method id="z"><compressor type="none"/>'
sed -i 's/nodes="4"/nodes="$nodes"/' "$scratch/s.xml"
refused "a sum of 131072 ranks' codes up to 65534 does not fit"
# A server takes one message of each rank, and sampled ranks no exchange that needs all.
scenario "$logistic" '<compressor type="topk" ratio="0.1" exchange="two"/><feedback type="doublesqueeze"/>'
refused 'feedback doublesqueeze cannot go with compressor topk'
scenario '<gradient source="synthetic" model="resnet50" sampled="2"/>' '<compressor type="topk" ratio="0.1"/>' \
    '<tensors dims="1" type="gtopk" ratio="0.1"/>'
refused 'compressor gtopk makes an exchange (merge)'
echo "options are checked against tensors"
