#!/bin/sh
# No file of the repository knows a place on one person's machine: absolute paths of homes, or the
# names of folders beside the checkout.
set -eu
. tests/lint/files.subr
need_git
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

files . >"$work/files"
if tr '\n' '\0' <"$work/files" |
    xargs -0 grep -InE '(^|[^A-Za-z0-9_.])/(home|root|work|Users)/[A-Za-z0-9_.]' >"$work/absolute"; then
    sed 's/$/   <- absolute path of a machine/' "$work/absolute" >>"$work/findings"
fi
# Folders beside the checkout, but for those whose name also is a folder of ours (../platforms).
for sibling in ../*/; do
    name=$(basename "$sibling")
    if [ -e "$name" ] || [ "$name" = "$(basename "$PWD")" ]; then
        continue
    fi
    if tr '\n' '\0' <"$work/files" | xargs -0 grep -InF -- "../$name" >"$work/outside"; then
        sed 's/$/   <- a folder outside the repository/' "$work/outside" >>"$work/findings"
    fi
done
touch "$work/findings"
finish "$work/findings"
