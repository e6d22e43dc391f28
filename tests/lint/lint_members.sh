#!/bin/sh
# Every member of every list.def has a row in its room's README.md and is named by a test: in quotes
# ("topk", type="topk") or as part of a symbol (allreduce_ring). Where a file name has _, texts may
# have - (time-vs-bandwidth).
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
        shown=$first${second:+_$second}
        first=$(printf '%s\n' "$first" | sed 's/_/[-_]/g')
        second=$(printf '%s\n' "$second" | sed 's/_/[-_]/g')
        rows=$(grep '^|' "$readme" | grep -wE -- "$first" || true)
        name=$first
        if [ -n "$second" ]; then
            rows=$(printf '%s\n' "$rows" | grep -wE -- "$second" || true)
            name="${first}_$second"
        fi
        if [ -z "$rows" ]; then
            echo "$list: $shown has no row in $readme"
        fi
        if ! tr '\n' '\0' <"$work/tests" | xargs -0 grep -q -E \
            "\"${second:-$first}\"|(^|[^a-zA-Z0-9])([a-z]+_)*$name([^a-zA-Z0-9]|$)"; then
            echo "$list: no test names $shown"
        fi
    done
done >"$work/findings"
finish "$work/findings"
