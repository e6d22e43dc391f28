#!/bin/sh
# Options without effect, and two momenta, are warned of with file and line; an axis that gives the value
# which they depend on silences the first. A row that diverged has no final numbers.
. tests/cli/lib.subr
cat >"$scratch/s.xml" <<'XML'
<scenario version="1.0" id="idle">
  <platform><cluster nodes="4" bw="1Gbps" lat="1us"/></platform>
  <workload steps="30" evaluate="2"><objective type="quadratic" s="0.1" least="0.2"/>
    <optimizer type="sgd" rate="1e30" momentum="0.9" every="3" floor="0.5"/></workload>
  <method id="heavy"><compressor type="topk" ratio="0.1"/><feedback type="ef21m" momentum="heavy" eta="0.2" beta=".8"/></method>
  <method id="both"><compressor type="topk" ratio="0.1"/><feedback type="dgc" momentum=".5"/></method>
  <method id="axis"><compressor type="topk" ratio="0.1"/><feedback type="ef21m" momentum="$m" eta="0.2" beta=".8"/></method>
  <method id="fit"><compressor type="sidco" ratio="0.1" stages="2" tolerance="0.1"/></method>
  <method id="mode" island_mode="share"><compressor type="none"/></method>
  <method id="table"><compressor type="countsketch" values="table"/><feedback type="ef14"/></method>
  <sweep><axis name="m" values="ema,heavy"/></sweep>
</scenario>
XML
"$THINWIRE" check "$scratch/s.xml" >/dev/null 2>"$scratch/err" || fail "check: $(cat "$scratch/err")"
said() {
    grep -q "s.xml:$1: warning: $2" "$scratch/err" || { cat "$scratch/err"; fail "not said: $2"; }
}
said 3 'objective quadratic: attribute least has no effect with kind="tridiagonal"'
said 4 'optimizer sgd: attribute every has no effect with schedule="constant"'
said 4 'optimizer sgd: attribute floor has no effect with schedule="constant"'
said 5 'feedback ef21m: attribute eta has no effect with momentum="heavy"'
said 6 "method 'both': feedback dgc has a momentum of 0.5 and optimizer sgd one of 0.9"
said 8 'compressor sidco: attribute tolerance has no effect with stages="2"'
said 9 "method 'mode': island_mode is not used"
said 10 "method 'table': with values=\"table\" values that meet in a bucket"
grep -q 'hint: it takes momentum="ema"' "$scratch/err" || fail 'what eta takes is not said'
[ "$(grep -c warning: "$scratch/err")" = 8 ] || fail "$(cat "$scratch/err")"
"$THINWIRE" run "$scratch/s.xml" -q -o "$scratch/r" --only "\$method = 'both'" 2>/dev/null || fail "run: exit status $?"
for name in final_loss final_accuracy final_distance; do
    [ -z "$(column "$scratch/r/points.csv" $name | tr -d '\n')" ] || fail "$name of a diverged row"
done
[ "$(column "$scratch/r/points.csv" status | sort -u)" = diverged ] || fail 'it has not diverged'
echo 'options without effect are told, a diverged row has no final numbers'
