#!/bin/sh
# Bandwidth by message size from a scenario: a curve from a file and one share for all sizes, as
# axes, on both executors; and what is wrong with a curve is told with its line.
. tests/cli/lib.subr
printf '# made up\nsize_B,factor\n1024,0.25\n4096,0.5\n' >"$scratch/half.csv"
printf 'size_B,factor\n1,1\n' >"$scratch/nominal.csv"
scenario() { # NETWORK AXES
    cat >"$scratch/s.xml" <<END
<scenario id="s">
  <platform><cluster nodes="8" bw="1GBps" lat="0s"/></platform>
  <network $1/>
  <workload steps="1"><gradient source="synthetic" dimension="8192"/></workload>
  <method id="m"><compressor type="none"/><collective operation="allreduce" algorithm="ring"/></method>
  <sweep><axis name="e" values="simgrid,maxplus"/>$2</sweep>
</scenario>
END
}
step_times() {
    "$THINWIRE" run "$scratch/s.xml" -q -o "$scratch/r" --fresh 2>"$scratch/err" ||
        { cat "$scratch/err" >&2; fail "run"; }
    set -- "$@" end
    for got in $(column "$scratch/r/points.csv" step_time_s); do
        close_to "$got" "$1" 1e-9 "step time"
        shift
    done
    [ "$1" = end ] || fail "points are missing"
}
refused() { # PLACE TEXT
    expect_status 2 "$THINWIRE" check "$scratch/s.xml"
    grep -q "^$scratch/$1: error: .*$2" "$scratch/err" || { cat "$scratch/err" >&2; fail "no '$2'"; }
}

# Blocks of 4096 B, 14 messages one behind the other at 1 GB/s.
scenario 'executor="$e" bw_curve="$c"' '<axis name="c" values="nominal.csv,half.csv"/>'
four="57.344e-6 114.688e-6 57.344e-6 114.688e-6"
# shellcheck disable=SC2086 # four words
step_times $four
scenario 'executor="$e" efficiency="$f"' '<axis name="f" values="1,0.5"/>'
# shellcheck disable=SC2086
step_times $four

# Rates of whole messages, as a test of single messages prints them: 4096 B at 2.56e8 B/s are 16 us, of which
# the links' latencies are 2, so that each of the 14 messages takes 16 us; and of one that is half as long 1e8 B/s are 20.48.
printf '# made up\nsize_B,bandwidth_Bps\n2048,1e8\n4096,2.56e8\n' >"$scratch/rates.csv"
scenario 'executor="$e" bw_curve="rates.csv"' ''
sed -i 's|lat="0s"|lat="1us"|; s|<axis name="e"|<axis name="d" values="8192,4096"/>&|; s|dimension="8192"|dimension="$d"|' "$scratch/s.xml"
step_times 224e-6 224e-6 286.72e-6 286.72e-6
sed -i 's|lat="1us"|lat="8us"|' "$scratch/s.xml"
refused s.xml:3 'bw_curve: 4096 B at 2.56e+08 B/s take 1.6e-05 s, less than'
sed -i 's|<cluster nodes="8" bw="1GBps" lat="8us"/>|<torus dims="8" bw="1GBps" lat="1us"/>|' "$scratch/s.xml"
refused s.xml:3 'bw_curve: rates in B/s say what share'

scenario 'executor="$e" efficiency="0.5" bw_curve="half.csv"' ''
refused s.xml:3 'attribute efficiency: bw_curve says it, size by size'
scenario 'executor="$e" efficiency="1.5"' ''
refused s.xml:3 "attribute efficiency: '1.5' is more than 1"
scenario 'executor="$e" bw_curve="wrong.csv"' ''
refused s.xml:3 'wrong.csv'
for wrong in 'size,factor|1|the header is size_B,factor or size_B,bandwidth_Bps, not' 'size_B,bandwidth_Bps\n8,0|2|bytes per second are above 0' \
    'size_B,bandwidth_Bps\n8,1x|2|not a line of size_B,bandwidth_Bps' 'size_B,factor\n8,0.5\n8,0.6|3|sizes ascend' \
    'size_B,factor\n8,1.5|2|a factor is above 0' 'size_B,factor\n8|2|not a line of' \
    'size_B,factor\n8,0.5x|2|not a line of' 'size_B,factor|1|it has no point' \
    'size_B,factor\nnan,0.5|2|sizes ascend' 'size_B,factor\n8,nan|2|a factor is above 0'; do
    # shellcheck disable=SC2059 # the text is the format
    printf "${wrong%%|*}\n" >"$scratch/wrong.csv"
    rest=${wrong#*|}
    refused "wrong.csv:${rest%%|*}" "${rest#*|}"
done
echo "curves stretch messages, and wrong ones are told"
