#!/bin/sh
# One data-plane run serves every network: 13 bandwidths cost one run per data-plane key.
. tests/cli/lib.subr
bandwidths=1Mbps,2Mbps,5Mbps,10Mbps,20Mbps,50Mbps,100Mbps,200Mbps,500Mbps,1Gbps,2Gbps,5Gbps,10Gbps
"$THINWIRE" run tests/cli/scenarios/small.xml -q -o "$scratch/r" --set nodes=4 \
    --set "bw=$bandwidths" --only '$method != "arc"'
points=$(column "$scratch/r/cost.csv" key | wc -l)
keys=$(column "$scratch/r/cost.csv" data_key | sort -u | wc -l)
computed=$(column "$scratch/r/cost.csv" data_reused | grep -c '^0$')
[ "$points" = 78 ] || fail "$points points, not 13 x 3 methods x 2 repetitions = 78"
[ "$keys" = 6 ] || fail "$keys data keys, not 3 methods x 2 repetitions = 6"
[ "$computed" = 6 ] || fail "$computed data-plane runs for 6 keys"
echo "78 points, 6 data-plane runs"
