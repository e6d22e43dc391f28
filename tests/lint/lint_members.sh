#!/bin/sh
# Every member of every list.def has a row in its room's README.md and is named by a test: in quotes
# ("topk", type="topk") or as part of a symbol (allreduce_ring).
set -eu
. tests/lint/files.subr
need_git
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

files 'tests/*' | grep -v '^tests/lint/' >"$work/tests"
files '*list.def' | while IFS= read -r list; do
    readme=$(dirname "$list")/README.md
    if [ ! -f "$readme" ]; then
        echo "$readme is missing"
        continue
    fi
    # TW_ALGORITHM(allreduce, ring) gives "allreduce ring", TW_COMPRESSOR(topk) gives "topk"
    sed -n 's/^TW_[A-Z]*(\([a-z0-9_, ]*\)).*/\1/p' "$list" | tr -d , | while read -r first second; do
        rows=$(grep '^|' "$readme" | grep -w -- "$first" || true)
        name=$first
        if [ -n "$second" ]; then
            rows=$(printf '%s\n' "$rows" | grep -w -- "$second" || true)
            name="${first}_$second"
        fi
        if [ -z "$rows" ]; then
            echo "$list: $name has no row in $readme"
        fi
        if ! xargs grep -q -E "\"${second:-$first}\"|(^|[^a-zA-Z0-9])([a-z]+_)*$name([^a-zA-Z0-9]|$)" \
            <"$work/tests"; then
            echo "$list: no test names $name"
        fi
    done
done >"$work/findings"
finish "$work/findings"
