#!/bin/sh
# links.csv: by hand, in sweep order, the same bytes whether the rows came at once, in shards, or in
# a run that had been done without; and gone where nobody asks.
. tests/cli/lib.subr
cat >"$scratch/s.xml" <<END
<scenario id="s">
  <platform><cluster nodes="\$n" bw="1GBps" lat="0s"/></platform>
  <network executor="\$e"/>
  <workload steps="2"><gradient source="synthetic" dimension="1200"/></workload>
  <method id="m"><compressor type="none"/><collective operation="allreduce" algorithm="ring"/></method>
  <sweep><axis name="n" values="4,2"/><axis name="e" values="simgrid,maxplus"/></sweep>
</scenario>
END
run() { "$THINWIRE" run "$scratch/s.xml" -q "$@" 2>"$scratch/err" || { cat "$scratch/err"; fail "$*"; }; }

run -o "$scratch/a" --links
# A ring over n ranks sends 2(n-1) blocks of 4800/n B over each link, twice: 14400 B for n = 4, 9600
# for 2, at 1 GB/s and without latency: every link is busy all the time.
awk -F, 'NR == 1 { if ($0 != "key,link,bandwidth_Bps,carried_B,utilisation") bad = 1; next }
    { rows++; n = rows <= 16 ? 4 : 2; want = n == 4 ? 14400 : 9600
      node = int((rows - 1 - (n == 2) * 16) / 2) % n; end = rows % 2 ? "DOWN" : "UP"
      if ($2 != "cluster_link_" node "_" end || $3 != 1e9 || $4 != want || $5 < 1 - 1e-9 ||
          $5 > 1 + 1e-9) { print rows, $0; bad = 1 } }
    END { if (rows != 24) { print rows " rows, not 2·(8 + 4)"; bad = 1 } exit bad }' \
    "$scratch/a/links.csv" || fail "links.csv is not what a ring does"
[ "$(cut -d, -f1 "$scratch/a/links.csv" | uniq)" = "$(cut -d, -f1 "$scratch/a/points.csv")" ] ||
    fail "links are not in sweep order"

run -o "$scratch/b"
[ ! -e "$scratch/b/links.csv" ] || fail "links.csv without being asked for"
cp "$scratch/b/points.csv" "$scratch/points"
run -o "$scratch/b" --links --shard 1/2
run -o "$scratch/b" --links --shard 0/2
cmp "$scratch/a/links.csv" "$scratch/b/links.csv" || fail "asking later gives other links"
cmp "$scratch/points" "$scratch/b/points.csv" || fail "asking later gives other points"
lines=$(cat "$scratch"/b/rows-*.jsonl | wc -l)
run -o "$scratch/b" --links
[ "$(cat "$scratch"/b/rows-*.jsonl | wc -l)" = "$lines" ] || fail "they are priced again"
run -o "$scratch/b" # whoever has them keeps them
cmp "$scratch/a/links.csv" "$scratch/b/links.csv" || fail "links are lost"
run -o "$scratch/b" --fresh
[ ! -e "$scratch/b/links.csv" ] || fail "links.csv of rows that are gone"

sed -i 's|</scenario>|<output links="yes"/></scenario>|' "$scratch/s.xml"
run -o "$scratch/c" -j 2
cmp "$scratch/a/links.csv" "$scratch/c/links.csv" || fail "output links=\"yes\""
sed -i 's|links="yes"|links="ja"|' "$scratch/s.xml"
expect_status 2 "$THINWIRE" check "$scratch/s.xml"
grep -q "attribute links: 'ja' is unknown" "$scratch/err" || fail "a wrong word"
echo "links.csv: 24 links as by hand"
