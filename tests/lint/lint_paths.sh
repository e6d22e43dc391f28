#!/bin/sh
# No file of the repository knows a place on one person's machine: absolute paths of homes, or the
# names of folders beside the checkout.
set -eu
. tests/lint/files.subr
need_git
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

files . >"$work/files"
# found REGEX: the lines of all text files that match.
found() {
    tr '\n' '\0' <"$work/files" | xargs -0 grep -InE -- "$1" || true
}

found '(^|[^A-Za-z0-9_.])/(home|root|work|Users)/[A-Za-z0-9_.]' |
    sed 's/$/   <- absolute path of a machine/' >"$work/findings"
# Folders beside the checkout; ../name is fine where a folder of ours has that name.
for sibling in ../*/; do
    name=$(basename "$sibling")
    quoted=$(printf '%s\n' "$name" | sed 's/[^A-Za-z0-9_-]/[&]/g')
    found "[.][.]/$quoted([^A-Za-z0-9_.-]|$)" | while IFS= read -r line; do
        file=${line%%:*}
        if [ ! -e "$(dirname "$file")/../$name" ] || [ "$(dirname "$file")" = . ]; then
            printf '%s   <- a folder outside the repository\n' "$line"
        fi
    done >>"$work/findings"
done
finish "$work/findings"
