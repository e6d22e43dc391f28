#!/bin/sh
# A schedule of the ratio from a scenario file to bytes. ResNet-50 has 25557032 values; Top-K sends 8
# bytes a value kept, three times on a ring of 4 ranks. Kept: floor(0.04·d) = 1022281, floor(0.02·d) =
# 511140, floor(0.01·d) = 255570. In 5 steps:
#   each = 1: 0.04, 0.02, and three times 0.01;  each = 2: twice 0.04, twice 0.02, once 0.01
. tests/cli/lib.subr
"$THINWIRE" run tests/cli/scenarios/stages.xml -q -o "$scratch/r"
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
    { each = $c["each"]; sent = $c["sent_B_per_rank"]; rows++
      kept = each == 1 ? 1022281 + 511140 + 3 * 255570 : 2 * 1022281 + 2 * 511140 + 255570
      want = 3 * 8 * kept / 5; off = sent / want - 1
      if ($c["status"] != "ok" || off > 1e-12 || off < -1e-12) { print each, sent, "not", want; bad = 1 } }
    END { if (rows != 2) { print rows " rows, not 2"; bad = 1 } exit bad }' "$scratch/r/points.csv" ||
    fail "not as derived (steps of a stage, bytes found, derived)"

# plan's steady step is the one that stays, after all stages, here or where the run ends: 3·8·255570, 3·8·511140.
steady() {
    sed "s/steps=\"5\"/steps=\"$1\"/" tests/cli/scenarios/stages.xml >"$scratch/p.xml"
    "$THINWIRE" plan -F tsv "$scratch/p.xml" | awk -F'\t' -v want="$2" '
        !c { for (i = 1; i <= NF; i++) if ($i == "sent_B_per_rank") c = i; next }
        { n++; got = got " " $c }
        END { if (n != 2 || got != want) { print got; exit 1 } }' || fail "plan of $1 steps, not$2"
}
steady 5 ' 6133680 6133680'
steady 4 ' 6133680 12267360'
steady 1 ' 24534744 24534744'

# Every compressor that has a ratio goes through stages of it: 5 steps each of 0.4, 0.2 and 0.05. A step's bytes
# fall from the first to the last; arc_exact alone sums all values to choose among them, whatever the ratio.
members=$("$THINWIRE" list compressors | awk '/^  [a-z_0-9]+$/ { m = $1 } /^      ratio / { print m }')
count=0
for member in $members; do
    case $member in
    arc* | block_topk | chunk_norm | random_block) options='rows="blocks" vectors="blocks" columns="8"' ;;
    rtopk) options='pool="2"' ;;
    *) options= ;;
    esac
    cat >"$scratch/s.xml" <<XML
<scenario id="s">
  <platform><cluster nodes="4" bw="1Gbps" lat="10us"/></platform>
  <network executor="maxplus"/>
  <workload steps="15" evaluate="1"><objective type="quadratic" kind="diagonal" dimension="6400" noise="0.5"/><optimizer type="sgd" rate="0.05"/></workload>
  <method id="m">
    <compressor type="$member" ratio="0.05" $options><schedule option="ratio" values="0.4,0.2" steps="5"/></compressor>
    <feedback type="ef14"/>
  </method>
</scenario>
XML
    rm -rf "$scratch/m"
    "$THINWIRE" run "$scratch/s.xml" -q -o "$scratch/m" 2>"$scratch/err" ||
        { cat "$scratch/err" >&2; fail "stages of $member"; }
    [ "$(column "$scratch/m/points.csv" status)" = ok ] || fail "$member: $(column "$scratch/m/points.csv" status)"
    # Bytes in steps.csv are those of all steps before.
    column "$scratch/m/steps.csv" sent_B_per_rank | awk -v member="$member" '
        { sent[NR - 1] = $1 }
        END { first = sent[5] - sent[0]; last = sent[15] - sent[10]
              exit !(NR == 16 && (member == "arc_exact" ? first == last : first > 1.5 * last)) }' ||
        fail "$member: bytes of its stages"
    count=$((count + 1))
done
[ "$count" -ge 17 ] || fail "$count compressors with a ratio: $members"
echo "2 rows agree with their formulas, $count compressors go through stages"
