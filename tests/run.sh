#!/bin/sh
# Installs what the tests need, builds, and runs them; ends with ctest's count.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=sim/packages.sh
. sim/packages.sh

usage() {
    cat <<'END'
Usage: sh tests/run.sh [--slow] [--sanitize] [--strict] [--help]
Installs the Debian packages that are missing (as root or by sudo without a password; otherwise
prints the command and exits 2), builds into build/ and runs the tests. The last line is ctest's
count; the exit status is 0 when all passed.

  --slow      also the tests labelled slow (minutes)
  --sanitize  Debug build with address and undefined-behaviour sanitizers, in build-sanitize/
  --strict    compiler warnings are errors
END
}

preset=release
build=build
strict=OFF
exclude=slow
for argument in "$@"; do
    case $argument in
    --slow) exclude=none ;;
    --strict) strict=ON ;;
    --sanitize)
        preset=sanitize
        build='build-sanitize'
        ;;
    -h | --help)
        usage
        exit 0
        ;;
    *)
        echo "run.sh: unknown argument '$argument'" >&2
        usage >&2
        exit 2
        ;;
    esac
done

# shellcheck disable=SC2086 # one word per package
tw_need_packages $TW_PACKAGES_RUN $TW_PACKAGES_TEST

if [ "$preset" = sanitize ]; then
    # Instrumented code is several times slower than what Check's time limits are made for.
    export CK_TIMEOUT_MULTIPLIER="${CK_TIMEOUT_MULTIPLIER:-10}"
    export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1}"
    export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
fi

cmake --preset "$preset" -DBUILD_TESTING=ON -DCMAKE_COMPILE_WARNING_AS_ERROR="$strict"
cmake --build "$build" -j2

log=$build/Testing/run.log
mkdir -p "$build/Testing"
status=0
ctest --test-dir "$build" -j2 -LE "^$exclude\$" --no-tests=error --output-on-failure \
    --output-log "$log" || status=$?
echo
grep 'tests passed, ' "$log" || status=1
exit "$status"
