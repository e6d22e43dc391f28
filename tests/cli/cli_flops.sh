#!/bin/sh
# compute flops="model": seconds from a model's operations and a device, by hand, and buckets that are
# ready when their tensors' operations are done.
. tests/cli/lib.subr
cat >"$scratch/d.xml" <<END
<device id="d" source="by hand" flops="4Gf">
  <kernel name="update"><size elements="1" per_element="0s"/></kernel>
  <kernel name="add"><size elements="1" per_element="0s"/></kernel>
  <kernel name="copy"><size elements="1" per_element="0s"/></kernel>
</device>
END
cat >"$scratch/s.xml" <<END
<scenario id="s">
  <platform><cluster nodes="2" bw="1MBps" lat="0s"/></platform>
  <network executor="\$e"/>
  <device file="d.xml"/>
  <workload steps="2" batch="10" bucket="200kB">
    <compute flops="model" efficiency="0.25" overlap="\$o"/>
    <gradient source="sizes" model="fmnist-mlp"/></workload>
  <method id="m"><compressor type="none"/><collective operation="allreduce" algorithm="ring"/></method>
  <sweep><axis name="e" values="simgrid,maxplus"/><axis name="o" values="no,bucket"/></sweep>
</scenario>
END
"$THINWIRE" run "$scratch/s.xml" -q -o "$scratch/a" 2>"$scratch/err" || { cat "$scratch/err"; fail "run"; }
# 784·256 + 256·128 + 128·10 = 234752 products, 10 samples, 2 operations each, 1e9 a second: forward
# 4.69504 ms, backward twice that. A ring of two moves 4·235146 B at 1 MB/s. Beside the backward the
# first bucket (the last two layers) is ready after 2·2·10·34048/1e9 s, and the second, of 803840 B, long
# before the first has been sent.
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    { rows++; forward = 4.69504e-3; sent = 0.940584
      want = $at["o"] == "no" ? 3 * forward + sent : forward + 1.36192e-3 + sent
      off = $at["step_time_s"] / want - 1; compute = $at["compute_s"] / (3 * forward) - 1
      if (off > 1e-9 || off < -1e-9 || compute > 1e-9 || compute < -1e-9) {
          print $at["o"], $at["step_time_s"], want, $at["compute_s"]; bad = 1 } }
    END { if (rows != 4) { print rows " rows, not 4"; bad = 1 } exit bad }' \
    "$scratch/a/points.csv" || fail "seconds by hand"
"$THINWIRE" plan "$scratch/s.xml" >"$scratch/plan" || fail "plan"
grep -Eq "forward_s +0.00469504$" "$scratch/plan" || fail "plan does not print the seconds"

wrong() { # FROM TO TEXT
    sed "s|$1|$2|" "$scratch/s.xml" >"$scratch/t.xml"
    expect_status 2 "$THINWIRE" check "$scratch/t.xml"
    grep -q "t.xml:6: error: compute: attribute $3" "$scratch/err" || fail "$2: $(cat "$scratch/err")"
}
wrong 'efficiency="0.25"' 'efficiency="1.5"' "efficiency: '1.5' is more than 1"
wrong 'efficiency="0.25"' 'sequence="9"' "flops: fmnist-mlp sees images"
wrong 'flops="model"' '' "efficiency says how flops are counted, but flops is missing"
wrong 'source="sizes" model="fmnist-mlp"' 'source="synthetic" dimension="9"' \
    "flops: the operations of synthetic are not known"
echo "flops: two ways of a step as by hand"
