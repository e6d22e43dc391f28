# Writes a stand-in for the sparse binary data sets of LIBSVM: 480 samples, 60 features that are 1 or absent, labels
# ±1 in unequal shares, samples sorted by the group they came from.
#     awk -f sparse-binary.awk >sparse-binary.libsvm
# Six groups of 80 samples; a group favours ten features of its own (chance 1/2 there, 1/12 elsewhere). A sample's
# label is the sign of the planted weights' sum over its features, weights −4 … 4, plus noise −6 … 6, minus 2. Draws
# are Park and Miller's minimal standard (x ← 16807·x mod 2³¹ − 1), exact in double: same bytes from every awk.
function draw(n) { seed = (16807 * seed) % 2147483647; return int(seed / 2147483647 * n) }
BEGIN {
    seed = 20260101
    for (j = 1; j <= 60; j++)
        weight[j] = draw(9) - 4
    for (i = 0; i < 480; i++) {
        group = int(i / 80)
        line = ""
        sum = draw(13) - 8
        for (j = 1; j <= 60; j++) {
            own = int((j - 1) / 10) == group
            if (draw(12) < (own ? 6 : 1)) {
                line = line " " j ":1"
                sum += weight[j]
            }
        }
        print (sum > 0 ? "+1" : "-1") line
    }
}
