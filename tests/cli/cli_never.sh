#!/bin/sh
# What never ends, and platforms that cannot be simulated: the point is named, the others stay, the
# exit status is 1, and nothing hangs (a limit of 60 s stands over every run).
. tests/cli/lib.subr

scenario() { # PLATFORM EXECUTOR AXIS-VALUES
    cat >"$scratch/s.xml" <<END
<scenario version="1.0" id="never">
  <platform$1</platform>
  <network model="ideal" executor="$2"/>
  <workload steps="2" batch="1"><gradient source="synthetic" dimension="1000"/></workload>
  <method id="dense"><compressor type="none"/>
    <collective operation="allreduce" algorithm="ring"/></method>
  <sweep><axis name="x" values="$3"/></sweep>
</scenario>
END
}

fails_alone() { # MESSAGE: the second point does, and says so
    expect_status 1 timeout 60 "$THINWIRE" run "$scratch/s.xml" -q --fresh -o "$scratch/r"
    grep -q "point 1 .*$1" "$scratch/err" || { cat "$scratch/err"; fail "not named: $1"; }
    [ "$(column "$scratch/r/points.csv" x | tr '\n' ' ')" = "$good " ] || fail "rows: $1"
    [ "$(wc -l <"$scratch/r/failed.jsonl")" = 1 ] || fail "failed.jsonl has not one line: $1"
}

# A ring of two sends 2 · 2000 B one after the other: at 1e-9 B/s 4e12 s.
good=8Mbps
for executor in simgrid maxplus; do
    scenario '><cluster nodes="2" bw="$x" lat="1us"/>' $executor "8Mbps,1e-9Bps"
    fails_alone 'rank 0 never finishes: allreduce ring would end 4e+12 s'
done

# A profile that leaves next to nothing, for ever: 4000 B at 1e6 · 1e-15 B/s.
good=full.csv
printf 'time_s,factor\n0,1\n' >"$scratch/full.csv"
printf 'time_s,factor\n0,1e-15\n' >"$scratch/none.csv"
scenario '><cluster nodes="2" bw="1MBps" lat="1us"/><profile link="*" file="$x"/>' simgrid \
    full.csv,none.csv
fails_alone 'rank 0 never finishes: allreduce ring would end 4e+12 s'

# Platform files: one that is not XML to its end, one whose hosts have no way to each other.
good=two-hosts.xml
cp tests/cli/scenarios/two-hosts.xml "$scratch"
sed -e '/<\/zone>/,$d' "$scratch/two-hosts.xml" >"$scratch/torn.xml"
grep -v '<route' "$scratch/two-hosts.xml" >"$scratch/apart.xml"
scenario ' file="$x" nodes="2" bw="1Gbps" lat="25us">' simgrid two-hosts.xml,torn.xml
fails_alone 'simgrid: .*torn.xml'
scenario ' file="$x" nodes="2" bw="1Gbps" lat="25us">' simgrid two-hosts.xml,apart.xml
fails_alone 'simgrid: .*no connecting path'
echo "what never ends is named, and ends"
