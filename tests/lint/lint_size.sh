#!/bin/sh
# A file holds one idea in at most 400 lines, a function at most 60 (from its { to its }, which
# clang-format puts in the first column).
set -eu
. tests/lint/files.subr
need_git
findings=$(mktemp)
trap 'rm -f "$findings"' EXIT

files '*.c' '*.h' | while IFS= read -r file; do
    awk -v file="$file" '
    /^\{/ { start = NR }
    /^\}/ && start {
        if (NR - start - 1 > 60)
            printf "%s:%d: function of %d lines, at most 60\n", file, start, NR - start - 1
        start = 0
    }
    END { if (NR > 400) printf "%s: %d lines, at most 400\n", file, NR }' "$file"
done >"$findings"
finish "$findings"
