#!/bin/sh
# thinwire report: one page, well-formed, that loads nothing; its numbers are those of points.csv;
# texts of a scenario stay texts.
. tests/cli/lib.subr
cat >"$scratch/s.xml" <<END
<scenario id="s">
  <description>Is &lt;b&gt;a &amp; b&lt;/b&gt; 'quick'? &lt;script&gt;alert(1)&lt;/script&gt;</description>
  <platform><cluster nodes="4" bw="\$bw" lat="25us"/></platform>
  <network executor="maxplus"/>
  <workload steps="2"><compute forward="2ms" backward="2ms"/>
    <gradient source="synthetic" dimension="250000"/></workload>
  <method id="dense" label="dense &lt;i&gt;fp32"><compressor type="none"/>
    <collective operation="allreduce" algorithm="ring"/></method>
  <method id="half"><compressor type="none" value="bf16"/>
    <collective operation="allreduce" algorithm="ring"/></method>
  <sweep><axis name="bw" values="8Gbps,80Mbps"/><axis name="method" values="dense,half"/></sweep>
  <output baseline="dense"/>
</scenario>
END
d="$scratch/r"
"$THINWIRE" run "$scratch/s.xml" -q -o "$d" 2>"$scratch/err" || { cat "$scratch/err"; fail run; }
[ "$("$THINWIRE" report "$d")" = "$d/report.html" ] || fail "it does not say what it wrote"
page="$d/report.html"
has() { grep -q -- "$1" "$page" || fail "no $1 in the page"; }

# A ring over 4 ranks: 6 (50 µs + 250 kB ÷ bw). At 1 GB/s 1.8 ms beside 4 ms of compute, at 10 MB/s
# 150.3 ms beside 4 ms: shares of (31.03 + 97.41) ÷ 2 % exposed. compute is the largest once, exposed once.
has '<td>dense &lt;i&gt;fp32</td><td>2</td><td>5.8 ms … 154 ms</td><td>35.8 %</td><td>0.0 %</td><td>64.2 %</td><td>0.0 %</td>'
[ "$(grep -c 'compute (1), exposed (1)' "$page")" = 2 ] || fail "what decides"
# Half the bytes: 5.05 ÷ 5.8 = .871 and 79.3 ÷ 154.3 = .514; one repetition tells nothing.
has '<td>half</td><td>2</td><td>0.514×</td><td>0.871×</td><td>0</td><td>0</td><td>0</td><td>2</td>'
has 'data_source is synthetic in 4 of 4 rows'
has 'None has been drawn'
[ "$(grep -c '<td>ok</td>' "$page")" = 4 ] || fail "not a row for each point"
grep -q '<script\|<b>\|<i>\| src="http\|<link\|@import\|url(' "$page" && fail "markup of the scenario, or something to load"

# Pictures are in the page itself.
mkdir -p "$d/plots"
printf '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(2)</script></svg>' >"$d/plots/x.svg"
"$THINWIRE" report "$d" >/dev/null
has '<img alt="x.svg" src="data:image/svg+xml;base64,PHN2Zy'
grep -q '<script' "$page" && fail "a picture's script is in the page"
cp "$page" "$scratch/first"
"$THINWIRE" report "$d" >/dev/null
cmp "$scratch/first" "$page" || fail "written again, the bytes differ"
if command -v xmllint >/dev/null; then
    xmllint --noout --nonet "$page" || fail "not well-formed"
elif command -v python3 >/dev/null; then
    python3 -c 'import sys, xml.dom.minidom as x; x.parse(sys.argv[1])' "$page" || fail "not well-formed"
fi

expect_status 2 "$THINWIRE" report "$scratch/nowhere"
grep -q 'manifest.json' "$scratch/err" || fail "what is missing is not named"
expect_status 2 "$THINWIRE" report
head -n 1 "$d/points.csv" >"$scratch/head" && cp "$scratch/head" "$d/points.csv"
expect_status 1 "$THINWIRE" report "$d"
grep -q 'points.csv has no rows' "$scratch/err" || fail "an empty points.csv: $(cat "$scratch/err")"
echo "a page with the numbers of 4 points, texts as texts"
