#!/bin/sh
# energy.csv: joules by hand, through a scenario; the same points with and without; beside links.csv in
# whatever order they are asked for; refusals by name.
. tests/cli/lib.subr
cat >"$scratch/s.xml" <<END
<scenario id="s">
  <platform><cluster nodes="\$n" bw="1GBps" lat="0s" wattage_per_state="100:300"/></platform>
  <workload steps="2"><compute forward="1ms" backward="2ms"/>
    <gradient source="synthetic" dimension="1200"/></workload>
  <method id="m"><compressor type="none"/><collective operation="allreduce" algorithm="ring"/></method>
  <sweep><axis name="n" values="4,1"/></sweep>
</scenario>
END
run() { "$THINWIRE" run "$scratch/s.xml" -q "$@" 2>"$scratch/err" || { cat "$scratch/err"; fail "$*"; }; }

run -o "$scratch/a"
[ ! -e "$scratch/a/energy.csv" ] || fail "energy.csv without being asked for"
cp "$scratch/a/points.csv" "$scratch/points"
run -o "$scratch/a" --energy
cmp "$scratch/points" "$scratch/a/points.csv" || fail "asking for joules changes points"
# Two steps of 3 ms of work; a ring over 4 moves 2·3·1200 B, 7.2 us, idle: 300·6e-3 + 100·14.4e-6 J.
# A rank alone has no exchange: 300·6e-3.
awk -F, 'NR == 1 { if ($0 != "key,host,idle_W,busy_W,cores,busy_s,busy_share,joules") bad = 1; next }
    { rows++; alone = rows == 5; time = alone ? 6e-3 : 6.0144e-3; want = 1.8 + (alone ? 0 : 1.44e-3)
      off = $8 / want - 1; share = $7 / (6e-3 / time) - 1
      if ($2 != "node-" (rows - 1) % 4 || $3 != 100 || $4 != 300 || $5 != 1 || off > 1e-9 ||
          off < -1e-9 || share > 1e-9 || share < -1e-9) { print rows, $0; bad = 1 } }
    END { if (rows != 5) { print rows " rows, not 5"; bad = 1 } exit bad }' \
    "$scratch/a/energy.csv" || fail "joules by hand"

run -o "$scratch/a" --links
[ -e "$scratch/a/energy.csv" ] && [ -e "$scratch/a/links.csv" ] || fail "links lose the joules"
lines=$(cat "$scratch"/a/rows-*.jsonl | wc -l)
run -o "$scratch/a" --links --energy
[ "$(cat "$scratch"/a/rows-*.jsonl | wc -l)" = "$lines" ] || fail "they are priced again"
run -o "$scratch/b" --links --energy --shard 1/2
run -o "$scratch/b" --links --energy --shard 0/2
cmp "$scratch/a/energy.csv" "$scratch/b/energy.csv" || fail "shards have other joules"

sed -i 's|</scenario>|<output energy="yes"/></scenario>|' "$scratch/s.xml"
run -o "$scratch/c" -j 2
cmp "$scratch/a/energy.csv" "$scratch/c/energy.csv" || fail "output energy=\"yes\""

sed 's|100:300|300:100|' "$scratch/s.xml" >"$scratch/t.xml"
expect_status 2 "$THINWIRE" check "$scratch/t.xml"
grep -q "t.xml:2: error: cluster: attribute wattage_per_state: '300:100'" "$scratch/err" ||
    fail "watts that go down"
sed 's| wattage_per_state="100:300"||' "$scratch/s.xml" >"$scratch/t.xml"
expect_status 1 "$THINWIRE" run "$scratch/t.xml" -q -o "$scratch/d"
grep -q "host node-0 has no watts" "$scratch/err" || fail "a cluster without watts"
sed 's|energy="yes"|energy="ja"|' "$scratch/s.xml" >"$scratch/t.xml"
expect_status 2 "$THINWIRE" check "$scratch/t.xml"
grep -q "attribute energy: 'ja' is unknown" "$scratch/err" || fail "a wrong word"
echo "energy.csv: five hosts as by hand"
