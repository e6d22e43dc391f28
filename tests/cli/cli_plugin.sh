#!/bin/sh
# A compressor from a shared object: the template trains and is priced on both executors as what it
# is, its content is in both keys, its options are checked like built-in ones, and a file that is no
# plug-in is refused with file and line before anything runs.
. tests/cli/lib.subr
: "${TW_BUILD:?set TW_BUILD to the build folder}"
command -v cc >/dev/null || { echo "skipped: there is no cc"; exit 77; }

# build NAME SED [PRECISIONS]: the template with something changed, as its head says.
build() {
    sed "$2" compressors/plugin_template.c >"$scratch/$1.c"
    for bits in ${3:-32 64}; do
        cc -O1 -fPIC -ffp-contract=off -Wall -Wextra -Werror -I"$TW_BUILD/include" \
            -DTW_PRECISION="$bits" -c "$scratch/$1.c" -o "$scratch/$1$bits.o"
    done
    # shellcheck disable=SC2046,SC2086 # lists of words
    (cd "$scratch" && cc -shared -o "$1.so" $(printf "$1%s.o " ${3:-32 64}))
}
scenario() { # COMPRESSOR-ATTRIBUTES [PRECISION]
    cat >"$scratch/s.xml" <<END
<scenario id="s">
  <platform><cluster nodes="4" bw="1Gbps" lat="10us"/></platform>
  <network executor="\$e"/>
  <workload steps="20" batch="8" evaluate="5" precision="${2:-fp32}">
    <objective type="quadratic" dimension="1003"/><optimizer type="sgd" rate="0.1"/>
  </workload>
  <method id="m"><compressor $1/><feedback type="ef14"/><collective operation="allreduce" algorithm="ring"/></method>
  <sweep><axis name="e" values="simgrid,maxplus"/></sweep>
</scenario>
END
}
run() {
    "$THINWIRE" run "$scratch/s.xml" -q -o "$scratch/$1" 2>"$scratch/err" ||
        { cat "$scratch/err" >&2; fail "run $1"; }
}
refused() { # TEXT: of the compressor's line, with a hint
    expect_status 2 "$THINWIRE" check "$scratch/s.xml"
    grep -q "^$scratch/s.xml:7: error: compressor.*$1" "$scratch/err" ||
        { cat "$scratch/err" >&2; fail "no '$1'"; }
    grep -q '^    hint: ' "$scratch/err" || { cat "$scratch/err" >&2; fail "no hint with '$1'"; }
}

build mine 's/^$//'
scenario 'plugin="mine.so" stride="8"'
expect_status 0 "$THINWIRE" check "$scratch/s.xml"
"$THINWIRE" plan "$scratch/s.xml" >"$scratch/plan" || fail "plan"
grep -q stride "$scratch/plan" || fail "the plan does not name the compressor"
run eight
out=$scratch/eight/points.csv
[ "$(column "$out" compressor | sort -u)" = stride ] || fail "its name"
# A ring moves 2(p-1)/p of 4 bytes for each of ceil(1003/8) = 126 values: 2*3/4*4*126 = 756.
for sent in $(column "$out" sent_B_per_rank); do close_to "$sent" 756 1e-12 "bytes sent"; done
# shellcheck disable=SC2046 # two words
set -- $(column "$out" step_time_s)
close_to "$1" "$2" 1e-9 "simgrid and maxplus"
# 20 steps of error feedback bring the loss down.
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "loss") c = i; next }
    first == "" { first = $c } { last = $c } END { exit !(last < first / 2) }' "$scratch/eight/steps.csv" ||
    fail "it does not train"

# stride 1 keeps all: the very losses of `none`, in both precisions.
for precision in fp32 fp64; do
    scenario 'plugin="./mine.so" stride="1"' $precision
    run all-$precision
    scenario 'type="none"' $precision
    run none-$precision
    [ "$(column "$scratch/all-$precision/points.csv" final_loss)" = \
        "$(column "$scratch/none-$precision/points.csv" final_loss)" ] || fail "losses in $precision"
done

# Other code under the same name: another key and another data key. The same code elsewhere: the same.
keys() { column "$scratch/$1/points.csv" key; column "$scratch/$1/cost.csv" data_key; }
mkdir "$scratch/else"
cp "$scratch/mine.so" "$scratch/else/mine.so"
scenario 'plugin="else/mine.so" stride="8"'
run copy
[ "$(keys eight)" = "$(keys copy)" ] || fail "the folder of a plug-in is in a key"
build mine 's/step % shared->stride/(step + 1) % shared->stride/'
scenario 'plugin="mine.so" stride="8"'
run other
[ "$(column "$scratch/other/points.csv" key)" != "$(column "$out" key)" ] || fail "key"
[ "$(column "$scratch/other/cost.csv" data_key)" != "$(column "$scratch/eight/cost.csv" data_key)" ] ||
    fail "data key"
[ "$(column "$scratch/other/points.csv" final_loss)" != "$(column "$out" final_loss)" ] ||
    fail "the other code did not run"
grep -q '"xxh3"' "$scratch/other/manifest.json" || grep -q 'plugin.xxh3' "$scratch/other/manifest.json" ||
    fail "the manifest does not tell which plug-in ran"

# In a rule for tensors it is the compressor it is for a whole method, with its own defaults, and its content is
# in both keys; so is that of another one for the same rule. Options it does not have are told by name.
last_losses() { column "$scratch/$1/points.csv" final_loss; }
build mine 's/^$//'
for stride in '' 'stride="8"'; do
    scenario "plugin=\"mine.so\" $stride"
    run by-method
    scenario "type=\"none\"/><tensors plugin=\"mine.so\" $stride"
    run by-rule
    [ "$(last_losses by-method)" = "$(last_losses by-rule)" ] || fail "a rule for tensors, '$stride'"
done
build changed 's/step % shared->stride/(step + 1) % shared->stride/'
scenario 'type="none"/><tensors plugin="changed.so" stride="8"'
run by-other
[ "$(last_losses by-other)" = "$(last_losses other)" ] || fail "the other code did not run in a rule"
for column in key data_key; do
    [ "$(column "$scratch/by-rule/cost.csv" $column)" != "$(column "$scratch/by-other/cost.csv" $column)" ] ||
        fail "$column of a rule's plug-in"
done
scenario 'plugin="mine.so" stride="2"/><tensors plugin="changed.so" stride="8"'
run both
[ "$(last_losses both)" = "$(last_losses by-other)" ] || fail "two plug-ins in a method"
build single 's/^TW_PLUGIN_TABLE.*/const struct tw_plugin tw_plugin_table = TW_PLUGIN_INIT(\&tw_own_stride_f32, NULL);/' 32
rule_refused() { # TEXT
    expect_status 2 "$THINWIRE" check "$scratch/s.xml"
    grep -q "^$scratch/s.xml:7: error: tensors.*$1" "$scratch/err" || { cat "$scratch/err" >&2; fail "no '$1'"; }
    grep -q '^    hint: ' "$scratch/err" || { cat "$scratch/err" >&2; fail "no hint with '$1'"; }
}
scenario 'type="none"/><tensors plugin="no.so"'
rule_refused "attribute plugin: .*no.so"
scenario 'type="none"/><tensors plugin="mine.so" type="topk"'
rule_refused 'type names a built-in one, and plugin a file'
scenario 'type="none"/><tensors plugin="mine.so" strid="2"'
rule_refused 'strid'
scenario 'type="none"/><tensors plugin="mine.so" stride="0"'
rule_refused 'stride.*0'
scenario 'type="none"/><tensors plugin="single.so"' fp64
rule_refused "'stride' has no fp64"
build mine 's/step % shared->stride/(step + 1) % shared->stride/'
scenario 'plugin="mine.so" stride="8"'

"$THINWIRE" list "$scratch/mine.so" >"$scratch/list" || fail "list"
grep -q 'stride *1 … 1e+09 (default 4)' "$scratch/list" || fail "its option in the list"
expect_status 2 "$THINWIRE" list ./no-such.so

# A swept option, and a swept plug-in.
sed -i 's|stride="8"|stride="$n"|; s|<sweep>|<sweep><axis name="n" values="2,4"/>|' "$scratch/s.xml"
expect_status 0 "$THINWIRE" check "$scratch/s.xml"

scenario 'plugin="mine.so" stride="0"'
refused 'stride.*0'
scenario 'plugin="mine.so" strid="2"'
refused 'strid'
scenario 'plugin="mine.so" type="topk"'
refused 'type names a built-in one, and plugin a file'
scenario 'stride="2"'
refused 'attribute type is missing'
scenario 'plugin="no.so"'
refused "attribute plugin: .*no.so"
echo text >"$scratch/text.so"
scenario 'plugin="text.so"'
refused "attribute plugin: 'text.so' cannot be loaded: "
build bare '/^TW_PLUGIN_TABLE/d'
scenario 'plugin="bare.so"'
refused "'bare.so' has no symbol tw_plugin_table"
build old 's/^TW_PLUGIN_TABLE/#undef TW_PLUGIN_VERSION\
#define TW_PLUGIN_VERSION 7U\
&/'
scenario 'plugin="old.so"'
refused "'old.so' is no plug-in for this program: it is of version 7"
grep -q 'hint: valid: 1;' "$scratch/err" || fail "the valid version"
build named 's/"stride", *$/"topk",/; s/.name = "stride"/.name = "topk"/'
scenario 'plugin="named.so"'
refused "called 'topk', as a built-in one"
build calls 's/^static int phases/int tw_nobody_has_this(void);\
&/; s/return 1;/return tw_nobody_has_this();/'
scenario 'plugin="calls.so"'
refused 'cannot be loaded: .*tw_nobody_has_this'
build single 's/^TW_PLUGIN_TABLE.*/const struct tw_plugin tw_plugin_table = TW_PLUGIN_INIT(\&tw_own_stride_f32, NULL);/' 32
scenario 'plugin="single.so"'
expect_status 0 "$THINWIRE" check "$scratch/s.xml"
scenario 'plugin="single.so"' fp64
refused "'stride' has no fp64"
# Exported ops that the program has under the same name: there its own are what the table holds.
build stolen 's/^TW_PLUGIN_OPS(stride)/const struct tw_compressor TW_T(tw_compressor_topk)/
s/^TW_PLUGIN_TABLE.*/const struct tw_plugin tw_plugin_table = TW_PLUGIN_INIT(\&tw_compressor_topk_f32, NULL);/' 32
scenario 'plugin="stolen.so"'
refused "'stolen.so' is no plug-in for this program: its compressor is called 'topk', as a built-in"
# Ops in a second object, whose content no key would hold.
build far 's/^TW_PLUGIN_OPS(stride)/const struct tw_compressor TW_T(tw_far)/; /^TW_PLUGIN_TABLE/d' 32
cat >"$scratch/near.c" <<END
#include <thinwire/compressors.h>
extern const struct tw_compressor tw_far_f32;
const struct tw_plugin tw_plugin_table = TW_PLUGIN_INIT(&tw_far_f32, NULL);
END
cc -fPIC -I"$TW_BUILD/include" -shared -o "$scratch/near.so" "$scratch/near.c" "$scratch/far.so"
scenario 'plugin="near.so"'
refused "'near.so' has a compressor that lies in another object"
echo "a plug-in trains as what it is; 18 mistakes are refused"
