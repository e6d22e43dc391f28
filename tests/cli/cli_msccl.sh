#!/bin/sh
# shellcheck disable=SC2046 # one number per word
# Schedules from MSCCL's XML: a ring written so prices and computes as ours on both executors, wrong
# ones are refused with file and line before anything runs, and the file is in the key.
. tests/cli/lib.subr

# ring P: all-reduce of P ranks, one chunk each. Rank r sends chunk r, then receives, adds and passes
# on what comes from the left; the sum travels on until everybody has it.
ring() {
    awk -v p="$1" 'BEGIN {
        printf "<algo name=\"ring\" proto=\"Simple\" nchannels=\"1\" nchunksperloop=\"%d\" ngpus=\"%d\" coll=\"allreduce\" inplace=\"1\">\n", p, p
        for (r = 0; r < p; r++) {
            printf "<gpu id=\"%d\" i_chunks=\"%d\" o_chunks=\"0\" s_chunks=\"0\">\n", r, p
            printf "<tb id=\"0\" send=\"%d\" recv=\"%d\" chan=\"0\">\n", (r + 1) % p, (r + p - 1) % p
            for (s = 0; s < 2 * p - 1; s++) {
                c = (r - s + 2 * p) % p
                type = s == 0 ? "s" : s < p - 1 ? "rrs" : s == p - 1 ? "rrcs" : s < 2 * p - 2 ? "rcs" : "r"
                printf "<step s=\"%d\" type=\"%s\" srcbuf=\"i\" srcoff=\"%d\" dstbuf=\"i\" dstoff=\"%d\" cnt=\"1\" depid=\"-1\" deps=\"-1\" hasdep=\"0\"/>\n", s, type, c, c }
            print "</tb></gpu>" }
        print "</algo>" }'
}
scenario() { # ALGORITHM [RANKS]
    cat >"$scratch/s.xml" <<END
<scenario id="s">
  <platform><cluster nodes="${2:-5}" bw="1GBps" lat="10us"/></platform>
  <network executor="\$e"/>
  <workload steps="1"><gradient source="synthetic" dimension="1003"/></workload>
  <method id="m"><compressor type="none"/><collective operation="allreduce" $1/></method>
  <sweep><axis name="e" values="simgrid,maxplus"/></sweep>
</scenario>
END
}
run() {
    "$THINWIRE" run "$scratch/s.xml" -q -o "$scratch/$1" 2>"$scratch/err" ||
        { cat "$scratch/err" >&2; fail "run $1"; }
}
refused() { # PLACE TEXT
    expect_status 2 "$THINWIRE" check "$scratch/s.xml"
    grep -q "^$scratch/$1: error: .*$2" "$scratch/err" || { cat "$scratch/err" >&2; fail "no '$2'"; }
}
# broken SED PLACE TEXT: the ring of five with one thing changed.
broken() {
    ring 5 | sed "$1" >"$scratch/a.xml"
    refused "$2" "$3"
}

ring 5 >"$scratch/a.xml"
scenario 'msccl="a.xml"'
run file
scenario 'algorithm="ring"'
run ring
for name in step_time_s sent_B_per_rank messages_per_rank transfer_s; do
    set -- $(column "$scratch/file/points.csv" "$name") $(column "$scratch/ring/points.csv" "$name")
    close_to "$1" "$3" 1e-12 "$name on simgrid"
    close_to "$2" "$4" 1e-12 "$name on maxplus"
done
[ "$(column "$scratch/file/points.csv" collective | uniq)" = allreduce=msccl ] || fail "its name"
key=$(column "$scratch/file/points.csv" key)
sed -i 's/name="ring"/name="other"/' "$scratch/a.xml"
scenario 'msccl="a.xml"'
run other
[ "$(column "$scratch/other/points.csv" key)" != "$key" ] || fail "the file is not in the key"

scenario 'msccl="a.xml"' 6
refused s.xml:5 'allreduce msccl does not fit 6 ranks'
scenario 'msccl="a.xml" algorithm="ring"'
refused s.xml:5 'msccl names a schedule, and so does algorithm'
scenario 'msccl="a.xml" segment="4KiB"'
refused s.xml:5 'msccl does not send in segments'
scenario 'msccl="b.xml"'
refused s.xml:5 'b.xml'
scenario 'msccl="a.xml"'
# Line 4 is the first step of rank 0.
broken '4s/type="s"/type="re"/' a.xml:4 "type 're' is not known here"
broken '4s/srcbuf="i"/srcbuf="s"/' a.xml:4 'scratch is not known here'
broken '4s/srcoff="0"/srcoff="5"/' a.xml:4 'attribute srcoff is not a whole number from 0 to 4'
broken '4s/cnt="1"/cnt="6"/' a.xml:4 'attribute cnt is not a whole number from 1 to 5'
broken '4s/ s="0"/ s="1"/' a.xml:4 'attribute s is not a whole number from 0 to 0'
broken '4s/depid="-1" deps="-1"/depid="1" deps="0"/' a.xml:4 'depends on step 0 of tb 1, which is none'
broken '4s/depid="-1" deps="-1"/depid="0" deps="8"/' a.xml:4 'wait for one another'
broken '3s/send="1"/send="0"/' a.xml:3 'gpu 0 is its own peer'
broken '3s/send="1"/send="-1"/' a.xml:4 'its tb sends to nobody'
broken '3s/send="1"/send="2"/' a.xml:17 'gpu 1 receives from gpu 0 on channel 0 what it does not send'
broken '4s/srcoff="0"/srcoff="1"/' a.xml:4 'chunks keep their place'
broken '1s/allreduce/alltoall/' a.xml:1 "coll 'alltoall' is not known here"
broken '1s/ngpus="5"/ngpus="6"/' a.xml:1 '5 gpus, and ngpus is 6'
cat >"$scratch/a.xml" <<END
<algo nchunksperloop="2" ngpus="2" coll="allgather">
<gpu id="0"><tb id="0" send="1" recv="1" chan="0"><step s="0" type="s" srcbuf="i" srcoff="0" dstbuf="o" dstoff="0" cnt="1"/>
<step s="1" type="r" srcbuf="i" srcoff="0" dstbuf="o" dstoff="1" cnt="1"/></tb>
<tb id="1" send="-1" recv="-1" chan="0"><step s="0" type="cpy" srcbuf="i" srcoff="0" dstbuf="o" dstoff="0" cnt="1"/></tb></gpu>
<gpu id="1"><tb id="0" send="0" recv="0" chan="0"><step s="0" type="s" srcbuf="i" srcoff="0" dstbuf="o" dstoff="1" cnt="1"/>
<step s="1" type="r" srcbuf="i" srcoff="0" dstbuf="o" dstoff="0" cnt="1"/></tb></gpu>
</algo>
END
refused s.xml:5 "'a.xml' is of coll allgather"
scenario 'msccl="a.xml"' 2
sed -i 's/type="none"/type="topk" ratio="0.1"/; s/"allreduce"/"allgather"/' "$scratch/s.xml"
run gather
sed -i 's/msccl="a.xml"/algorithm="ring"/' "$scratch/s.xml"
run gather-ring
for name in step_time_s sent_B_per_rank messages_per_rank; do
    set -- $(column "$scratch/gather/points.csv" "$name") $(column "$scratch/gather-ring/points.csv" "$name")
    close_to "$1" "$3" 1e-12 "$name of an all-gather"
    close_to "$2" "$4" 1e-12 "$name of an all-gather on maxplus"
done
scenario 'msccl="a.xml"'
broken "\$d" "a.xml:6[12]" ""
# A chunk that is copied where it is to be added: everything fits, and the sum is wrong.
broken 's/type="rrs"/type="rcs"/' s.xml:5 'it is no allreduce: rank 0 ends with something else'
echo "a ring from a file is a ring; 18 wrong ones are refused"
