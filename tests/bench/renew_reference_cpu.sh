#!/bin/sh
# Measures platforms/devices/reference-cpu.xml anew, in some minutes, on a machine that does nothing
# else: refused when it does. What the new table predicts of every compressor against what it takes
# is kept beside it, for the table in platforms/devices/README.md.
#     sh tests/bench/renew_reference_cpu.sh build/thinwire
set -eu
thinwire=${1:?usage: sh tests/bench/renew_reference_cpu.sh build/thinwire}
profile=platforms/devices/reference-cpu.xml
[ -f "$profile" ] || { echo "run it at the top of the repository: there is no $profile" >&2; exit 2; }
read -r load rest </proc/loadavg
awk -v load="$load" 'BEGIN { exit load < 0.3 ? 0 : 1 }' ||
    { echo "the machine is busy: its load is $load ($rest), it must be below 0.3" >&2; exit 1; }
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
"$thinwire" bench -o "$new/reference-cpu.xml" 2>"$new/predicted"
awk '$NF ~ /^[0-9.]+$/ && ($NF < 0.8 || $NF > 1.25) { print "not within 0.8 to 1.25:" $0 }
    { print }' "$new/predicted"
cp "$new/reference-cpu.xml" "$profile"
echo "$profile is new: run the scenarios that name it again, and the golden files"
