#!/bin/sh
# feedback type="doublesqueeze": bytes and seconds by hand, both executors alike, and refusals with a place.
. tests/cli/lib.subr
"$THINWIRE" run tests/cli/scenarios/server.xml -q -o "$scratch/r"
points=$scratch/r/points.csv
[ "$(column "$points" status | sort -u)" = ok ] || fail "a run failed"

# Top-K of 100 values: a message of 100·(8 + 4) = 1200 B. Up: seven ranks send one each. Down, binomial
# tree over 8 ranks: seven messages in all. 14·1200/8 = 2100 B a rank; the ring all-gather 7·1200.
close_to "$(column "$points" sent_B_per_rank | sed -n 1p)" 2100 1e-12 "bytes to a server and back"
close_to "$(column "$points" sent_B_per_rank | sed -n 3p)" 8400 1e-12 "bytes of an all-gather"

# α = 50 us, 1200 B at 1 Gbps = 9.6 us. To the server one after the other, 7·59.6 us; back in three rounds, 3·59.6 us.
close_to "$(column "$points" step_time_s | sed -n 4p)" 596e-6 1e-9 "seconds to a server and back"
for row in 1 2 3; do
    one=$(column "$points" step_time_s | sed -n "${row}p")
    close_to "$one" "$(column "$points" step_time_s | sed -n "$((row + 3))p")" 1e-9 "executors, row $row"
done

sed 's/type="topk" ratio="0.1"\/><feedback type="doublesqueeze"/type="gtopk" ratio="0.1"\/><feedback type="doublesqueeze"/' \
    tests/cli/scenarios/server.xml >"$scratch/merge.xml"
expect_status 2 "$THINWIRE" check "$scratch/merge.xml"
grep -q "merge.xml:1[0-9]: error: method 'server': feedback 'doublesqueeze' needs a compressor whose exchange is one message" \
    "$scratch/err" || { cat "$scratch/err"; fail "a merge is not refused with its place"; }
sed 's/operation="alltoall" algorithm="pairwise"/operation="allgather" algorithm="ring"/; s/.*operation="broadcast".*/<\/method>/' \
    tests/cli/scenarios/server.xml >"$scratch/gather.xml"
expect_status 2 "$THINWIRE" check "$scratch/gather.xml"
grep -q "sends to a server and back, by broadcast alltoall" "$scratch/err" ||
    { cat "$scratch/err"; fail "an all-gather is not refused"; }
sed 's/type="topk" ratio="0.1"/type="arctopk" ratio="0.1" vectors="whole"/' tests/cli/scenarios/server.xml >"$scratch/phases.xml"
expect_status 2 "$THINWIRE" check "$scratch/phases.xml"
grep -q "phases.xml:[0-9]*: error: .*doublesqueeze cannot go with compressor arctopk" "$scratch/err" ||
    { cat "$scratch/err"; fail "two phases are not refused by name"; }
echo "servers are priced"
