#!/bin/sh
# The scripts' package step, on stand-ins for dpkg-query, id, sudo and apt-get: only what is missing is
# installed, nothing is asked, and without rights the apt command is printed and the status is 2.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
bin=$scratch/bin
mkdir "$bin"

fail() {
    echo "FAIL: $*" >&2
    exit 1
}
# fake NAME BODY: a command of that name, first in PATH.
fake() {
    printf '#!/bin/sh\n%s\n' "$2" >"$bin/$1"
    chmod +x "$bin/$1"
}
# need PACKAGE…: tw_need_packages in a shell of its own; its status, out and log.
need() {
    status=0
    : >"$scratch/log"
    PATH="$bin:$PATH" LOG="$scratch/log" sh -c '. sim/packages.sh; tw_need_packages "$@"' sh "$@" \
        >"$scratch/out" 2>&1 || status=$?
}

# installed: one and two; half: removed, but its configuration is left
# shellcheck disable=SC2016 # the body of another script
fake dpkg-query 'case $3 in one|two) echo "install ok installed" ;;
half) echo "deinstall ok config-files" ;; *) exit 1 ;; esac'
# shellcheck disable=SC2016
fake apt-get 'echo "apt-get $* ($DEBIAN_FRONTEND)" >>"$LOG"'
fake sudo 'exit 1'
fake id 'echo 1000'

need one two
[ "$status" = 0 ] || fail "status $status with nothing missing"
[ ! -s "$scratch/log" ] || fail "apt ran with nothing missing"

need one three half
[ "$status" = 2 ] || fail "status $status, not 2, without rights"
grep -q 'sudo apt-get install .*three half' "$scratch/out" || fail "the apt command is not printed"
grep -q ' one' "$scratch/out" && fail "an installed package is named"
[ ! -s "$scratch/log" ] || fail "apt ran without rights"

fake id 'echo 0'
need one three half
[ "$status" = 0 ] || fail "status $status as root"
grep -q '^apt-get install -q -y --no-install-recommends three half (noninteractive)$' \
    "$scratch/log" || fail "as root: $(cat "$scratch/log")"

fake id 'echo 1000'
# shellcheck disable=SC2016
fake sudo '[ "$1" = -n ] || exit 9; shift; exec "$@"'
need one three
[ "$status" = 0 ] || fail "status $status with sudo"
grep -q 'install .* three (noninteractive)$' "$scratch/log" || fail "by sudo: $(cat "$scratch/log")"

fake apt-get 'exit 100'
need three
[ "$status" = 2 ] || fail "status $status, not 2, when apt fails"

for script in tests/run.sh sim/quickstart.sh .ci/run; do
    shell='sh'
    [ "$script" != .ci/run ] || shell=bash
    "$shell" "$script" --help | grep -q '^Usage: ' || fail "$script --help"
    status=0
    "$shell" "$script" --no-such-option >"$scratch/out" 2>&1 || status=$?
    [ "$status" = 2 ] || fail "$script takes an unknown option"
done
echo "packages and usage as promised"
