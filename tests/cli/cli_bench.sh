#!/bin/sh
# thinwire bench --table: every row of every instruction set, its CSV, and refusals. Small vectors:
# what is tested is that it measures and judges, not how fast this machine is.
. tests/cli/lib.subr

"$THINWIRE" bench --table -q --elements 65536 -o "$scratch/a" >"$scratch/table"
csv=$scratch/a/bench.csv
[ "$(awk -F, '{ print NF }' "$csv" | sort -u)" = 15 ] || fail "a line of bench.csv has not 15 fields"
[ "$(column "$csv" isa | grep -cx plain)" = 28 ] || fail "not 28 rows of plain x86-64"
column "$csv" isa | grep -vx own | uniq -c | awk '$1 != 28 { exit 1 }' || fail "sets differ in rows"

# ns_per_unit = median/units; ratio = median over the read's of the same set; met = ratio <= bar.
awk -F, 'function near(a, b) { return a - b <= 1e-9 * b && b - a <= 1e-9 * b }
    NR == 1 { next }
    $1 == "read" { read = $5 } $1 == "add" { add = $5 }
    $5 <= 0 || $6 > $5 || $7 > $5 || $8 < $5 { print "times: " $0; bad = 1 }
    !near($11, $5 * 1e9 / $10) { print "ns: " $0; bad = 1 }
    $2 != "own" && !near($13, $12 == "ns" ? $11 : $5 / ($12 == "add" ? add : read)) {
        print "ratio: " $0; bad = 1 }
    ($14 == "") != ($15 == "") || ($14 != "" && ($13 <= $14) != ($15 == "yes")) {
        print "met: " $0; bad = 1 }
    END { exit bad }' "$csv" || fail "bench.csv does not add up"
for peer in numpy torch nth_element; do
    grep -q "^$peer" "$scratch/table" || fail "the table does not say whether $peer is installed"
done

expect_status 2 "$THINWIRE" bench --table --elements 12
expect_status 2 "$THINWIRE" bench --table --elements many
grep -q "whole number from 1024" "$scratch/err" || fail "the hint on --elements is missing"
echo "the table's rows add up"
