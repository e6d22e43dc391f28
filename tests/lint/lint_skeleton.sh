#!/bin/sh
# The worked example in compressors/README.md compiles in both precisions, without a warning.
set -eu
command -v cc >/dev/null || { echo "skipped: there is no cc"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sed -n '/^```c$/,/^```$/p' compressors/README.md | sed '/^```/d' >"$work/skeleton.c"
test -s "$work/skeleton.c" || { echo "compressors/README.md has no skeleton"; exit 1; }
for bits in 32 64; do
    cc -std=gnu11 -fsyntax-only -Wall -Wextra -Werror -D_GNU_SOURCE -DTW_PRECISION=$bits \
        -Icompressors "$work/skeleton.c"
done
