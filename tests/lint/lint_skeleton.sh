#!/bin/sh
# The template of a plug-in, made a member of the tree as compressors/README.md says, compiles in both
# precisions, without a warning.
set -eu
command -v cc >/dev/null || { echo "skipped: there is no cc"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sed -e 's|<thinwire/compressors.h>|"compressor.h"|' -e '/^TW_PLUGIN_TABLE(/d' \
    -e 's/^TW_PLUGIN_OPS(stride)/const struct tw_compressor TW_T(tw_compressor_stride)/' \
    compressors/plugin_template.c >"$work/skeleton.c"
if grep -n 'PLUGIN\|thinwire/' "$work/skeleton.c"; then
    echo "the template is not what compressors/README.md says of it"
    exit 1
fi
for bits in 32 64; do
    cc -std=gnu11 -fsyntax-only -Wall -Wextra -Werror -D_GNU_SOURCE -DTW_PRECISION=$bits \
        -Icompressors "$work/skeleton.c"
done
