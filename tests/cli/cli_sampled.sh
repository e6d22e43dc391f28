#!/bin/sh
# sampled="4": numbers on 4 of 16 ranks. What is sent has the sizes of 16 ranks: for Top-K (sizes do not
# depend on data) those of the full run to the byte; a compressor that needs every rank is refused with
# its name and line before anything runs; a point that never fits --max-memory fails, the others stay.
. tests/cli/lib.subr
cat >"$scratch/s.xml" <<'EOF'
<scenario version="1.0" id="sampled">
  <description>What do 16 ranks send, when 4 have numbers?</description>
  <platform><cluster nodes="16" bw="1Gbps" lat="25us"/></platform>
  <workload steps="2"><gradient source="synthetic" dimension="20000" layers="4" columns="50" sampled="$s"/></workload>
  <method id="topk"><compressor type="topk" ratio="0.01"/><feedback type="ef14"/></method>
  <method id="hard"><compressor type="hard" threshold="3"/><feedback type="none"/></method>
  <sweep><axis name="s" values="0,4"/><axis name="method" values="topk,hard"/></sweep>
</scenario>
EOF
"$THINWIRE" run "$scratch/s.xml" -q -o "$scratch/r" 2>/dev/null
f="$scratch/r/points.csv"
[ "$(column "$f" data_source | tr '\n' ' ')" = "synthetic synthetic sampled:4 sampled:4 " ] ||
    fail "data_source: $(column "$f" data_source)"
for name in sent_B_per_rank step_time_s memory_B_per_rank ranks; do
    [ "$(column "$f" $name | sed -n 1p)" = "$(column "$f" $name | sed -n 3p)" ] || fail "topk: $name"
done
[ "$(column "$f" sent_B_per_rank | sed -n 2p)" != "$(column "$f" sent_B_per_rank | sed -n 4p)" ] ||
    fail "hard: 4 samples and 16 ranks send the same bytes"
close_to "$(column "$f" sent_B_per_rank | sed -n 2p)" "$(column "$f" sent_B_per_rank | sed -n 4p)" 0.2 hard
[ "$(column "$f" key | sort -u | wc -l)" = 4 ] || fail "keys"

# The key of a scenario that does not say sampled is that of sampled="0".
sed -e 's/ sampled="$s"//' -e 's/<axis name="s" values="0,4"\/>//' "$scratch/s.xml" >"$scratch/plain.xml"
"$THINWIRE" run "$scratch/plain.xml" -q -o "$scratch/p" 2>/dev/null
[ "$(column "$scratch/p/points.csv" key)" = "$(column "$f" key | sed -n 1,2p)" ] || fail "the key moves"

sed 's/type="hard" threshold="3"/type="gtopk" ratio="0.01"/' "$scratch/s.xml" >"$scratch/m.xml"
expect_status 2 "$THINWIRE" check "$scratch/m.xml"
grep -q "m.xml:6: error: method 'hard': compressor gtopk .*(merge).* every rank" "$scratch/err" ||
    fail "gtopk: $(cat "$scratch/err")"
expect_status 2 "$THINWIRE" check "$scratch/s.xml" --set s=3
grep -q '3 sampled ranks do not divide 16' "$scratch/err" || fail "3 of 16: $(cat "$scratch/err")"

# x of 16 ranks is 16·20000·4 B = 1.28 MB, that of 4 is 0.32 MB; the answer of an all-gather of unknown
# size is counted by its bound, 16 ranks · 20000 · (4 + 4) B = 2.56 MB and more: 9.3 and 4.5 MB in all.
expect_status 1 "$THINWIRE" run "$scratch/s.xml" -q -o "$scratch/x" --set method=hard --max-memory 6MB
grep -q 's=0 .*max-memory allows 6000000B' "$scratch/err" || fail "memory: $(cat "$scratch/err")"
[ "$(column "$scratch/x/points.csv" data_source)" = sampled:4 ] || fail "what fits is lost"
echo "4 samples of 16 ranks: sizes of all, refused where they do not do"
