#!/bin/sh
# shellcheck disable=SC2046,SC2012 # what is listed here are numbers and names without blanks
# run --trace perfetto: a step as Chrome-trace JSON, in which the accounts of points.csv are found
# again, by either executor, and the same bytes whatever else runs beside it.
. tests/cli/lib.subr
cat >"$scratch/s.xml" <<END
<scenario id="s">
  <platform><cluster nodes="4" bw="1Gbps" lat="25us"/></platform>
  <network executor="\$e"/>
  <device file="$PWD/platforms/devices/reference-cpu.xml"/>
  <workload steps="4"><compute forward="2ms" backward="4ms"/>
    <gradient source="synthetic" dimension="12001"/></workload>
  <method id="t"><compressor type="topk" ratio="0.1"/>
    <collective operation="allgather" algorithm="ring"/></method>
  <method id="tree"><compressor type="none"/>
    <collective operation="allreduce" algorithm="double_binary_tree"/></method>
  <sweep><axis name="e" values="simgrid,maxplus"/><axis name="method" values="t,tree"/>
    <exclude when="\$e = 'maxplus' and \$method = 'tree'"/></sweep>
</scenario>
END
run() { "$THINWIRE" run "$scratch/s.xml" -q "$@" 2>"$scratch/err" || { cat "$scratch/err"; fail "$*"; }; }

run -o "$scratch/a" --trace perfetto=2 -j 2
grep -q '3 steps in .*/traces' "$scratch/err" || fail "it does not say what it wrote"
[ "$(ls "$scratch/a/traces" | wc -l)" = 3 ] || fail "not a file for each point"
run -o "$scratch/b" -j 1
run -o "$scratch/b" -j 1 --trace perfetto=2
diff -r "$scratch/a/traces" "$scratch/b/traces" || fail "asked for later, the bytes differ"
cmp "$scratch/a/points.csv" "$scratch/b/points.csv" || fail "looking moves the results"

# sum FILE LANE-NAME: args.seconds of all slices in lanes of this name, and how many there are.
sum() {
    awk -v lane="$2" '
        function member(name) {
            if (!match($0, "\"" name "\": [^,}]*")) return ""
            return substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 4)
        }
        /"ph": "M"/ && /thread_name/ { tid = member("tid")
            name = substr($0, index($0, "\"args\"")); sub(/.*"name": "/, "", name); sub(/".*/, "", name)
            named[tid] = name; next }
        /"ph": "X"/ { if (member("pid") == "" || member("dur") == "" || member("ts") == "") exit 1
            if (named[member("tid")] == lane) { n++; s += member("seconds") } }
        END { printf "%.17g %d\n", s, n }' "$1"
}
# What otherData says of the step.
told() { sed -n 2p "$1" | sed "s/.*\"$2\":\([^,}]*\).*/\1/"; }

for f in "$scratch"/a/traces/*-2.json; do
    tail -n 1 "$f" | grep -q '^]}$' || fail "$f has no end"
    for what in compute compress; do
        set -- $(sum "$f" $what)
        # Differences of times of 7 ms, each within 1e-18 s of what it should be.
        awk -v sum="$1" -v mean="$(told "$f" ${what}_s)" 'BEGIN { d = sum - 4 * mean
            exit !(mean > 0 && d < 1e-15 && d > -1e-15) }' || fail "$what: $1 in the lanes of $f"
    done
    if grep -q '"method":"t"' "$f"; then
        grep -q '"name": "allgather ring phase 1 bucket 0", .*"phase": 1' "$f" || fail "no phase in $f"
        # A ring over 4 ranks: each sends and receives 3 messages.
        for what in send receive; do
            set -- $(sum "$f" $what)
            [ "$2" = 12 ] || fail "$2 slices of $what, not 4·3"
        done
    else
        set -- $(sum "$f" 'send, lane 1')
        [ "$2" -gt 0 ] || fail "no lanes of the second tree"
    fi
done
# Both executors price the ring alike, so the pictures are alike but for their point.
set -- $(grep -l '"method":"t"' "$scratch"/a/traces/*)
tail -n +3 "$1" | sed 's/"seconds": [^,}]*//' >"$scratch/x"
tail -n +3 "$2" | sed 's/"seconds": [^,}]*//' >"$scratch/y"
cmp "$scratch/x" "$scratch/y" || fail "simgrid and maxplus draw another ring"

if command -v python3 >/dev/null; then
    python3 - "$scratch"/a/traces/*.json <<'END' || fail "the JSON is not what viewers take"
import json, sys
for path in sys.argv[1:]:
    open_ends, begins = {}, {}
    for e in json.load(open(path))["traceEvents"]:
        assert {"name", "ph", "pid", "tid", "ts"} <= e.keys(), e
        assert isinstance(e["name"], str) and isinstance(e["args"], dict), e
        assert all(isinstance(e[k], int) and e[k] > 0 for k in ("pid", "tid")), e
        if e["ph"] == "M":
            continue
        assert e["ph"] == "X" and e["ts"] >= 0 and e["dur"] >= 0, e
        begin, end = round(e["ts"] * 1000), round(e["ts"] * 1000) + round(e["dur"] * 1000)
        lane = (e["pid"], e["tid"])
        assert begin >= begins.get(lane, 0), ("begins before the slice above it", e)
        begins[lane] = begin
        stack = open_ends.setdefault(lane, [])
        while stack and stack[-1] <= begin:
            stack.pop()
        assert not stack or end <= stack[-1], ("overlaps what it is not inside of", e)
        stack.append(end)
END
fi

run -o "$scratch/c" --trace perfetto --only "\$e = 'maxplus'"
[ -n "$(find "$scratch/c/traces" -name '*-4.json')" ] || fail "the last step is not the default"
expect_status 1 "$THINWIRE" run "$scratch/s.xml" -q -o "$scratch/c" --only "\$e = 'maxplus'" \
    --trace perfetto=5
grep -q 'there is no step 5: the run has 4' "$scratch/err" || fail "step 5: $(cat "$scratch/err")"
expect_status 2 "$THINWIRE" run "$scratch/s.xml" --trace chrome
grep -q "perfetto=STEP" "$scratch/err" || fail "--trace chrome"
expect_status 2 "$THINWIRE" run "$scratch/s.xml" --trace perfetto=0
sed -i 's|bw="1Gbps"|bw="$bw"|; s|<sweep>|<sweep><axis name="bw" from="1Gbps" to="9Gbps" points="12"/>|' \
    "$scratch/s.xml"
expect_status 2 "$THINWIRE" run "$scratch/s.xml" -o "$scratch/d" --trace perfetto
grep -q '36 points; steps of at most 32' "$scratch/err" || fail "36 points: $(cat "$scratch/err")"
[ ! -e "$scratch/d" ] || fail "they are run nevertheless"
echo "steps drawn: accounts found again, lanes in order, the same bytes"
