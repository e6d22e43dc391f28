#!/bin/sh
# The top level holds what the README names, and nothing else.
set -eu
. tests/lint/files.subr
need_git
findings=$(mktemp)
trap 'rm -f "$findings"' EXIT

files . | sed 's|/.*||' | sort -u | while IFS= read -r entry; do
    case $entry in
    sim | platforms | compressors | scenarios | results | tests) ;;
    CMakeLists.txt | CMakePresets.json | README.md | LICENSE | .*) ;;
    *) echo "$entry does not belong at the top level" ;;
    esac
done >"$findings"
finish "$findings"
