#!/bin/sh
# What only SimGrid or the layout of a step can tell is told by `check` too: file and line of the element,
# what was found, what is valid.
. tests/cli/lib.subr

cat >"$scratch/half.csv" <<END
time_s,factor
0.5,0.5
END
cat >"$scratch/layers.csv" <<END
name,forward_s,backward_s
conv1,0.0012,0.0025
END
cat >"$scratch/device.xml" <<END
<device id="small" source="a test"><kernel name="add" launch="1us">
<size elements="1024" per_element="0.5ns"/></kernel></device>
END
# file LINK_ATTRIBUTES: a platform file, its link on line 4.
file() {
    cat >"$scratch/p.xml" <<END
<?xml version='1.0'?><!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1"><zone id="z" routing="Full"><host id="a" speed="1Gf"/>
<host id="b" speed="1Gf"/>
<link id="l" $1/>
<route src="a" dst="b"><link_ctn id="l"/></route></zone></platform>
END
}

# scenario PLATFORM NETWORK COMPUTE METHOD DEVICE: on lines 2, 4, 6, 9, 10.
cluster='<cluster nodes="4" bw="1Gbps" lat="25us"/>'
scenario() {
    cat >"$scratch/s.xml" <<END
<scenario id="s">
  $1
  <network
    $2
  <workload steps="3" bucket="1MiB">
    <compute $3/>
    <gradient source="sizes" model="resnet50"/>
  </workload>
  <method id="m">$4</method>
  ${5:-}
</scenario>
END
}
dense='<compressor type="none"/>'
topk='<compressor type="topk" ratio="0.1"/>'

# told FILE:LINE TEXT HINT
told() {
    expect_status 2 "$THINWIRE" check "$scratch/s.xml"
    if ! grep -q "^$scratch/$1: error: $2" "$scratch/err" || ! grep -q "hint: .*$3" "$scratch/err"; then
        cat "$scratch/err" >&2
        fail "check does not say '$2' at $1, and '$3'"
    fi
}

changes() { scenario "<platform>$cluster$1</platform>" '/>' 'forward="1ms"' "$dense"; }
changes '<background from="0" to="9"/>'
told s.xml:2 'background: traffic from 0 to 9: there is no such host' 'hosts 0 to 3: node-0 to node-3'
changes '<background from="0" to="9" rate="1Mbps"/>'
told s.xml:2 'background: traffic from 0 to 9: there is no such host' 'hosts 0 to 3: node-0 to node-3'
changes '<background from="9" to="0" rate="1Mbps"/>'
told s.xml:2 'background: traffic from 9 to 0: there is no such host' 'hosts 0 to 3: node-0 to node-3'
changes '<background from="0" to="1" rate="0Mbps"/>'
expect_status 2 "$THINWIRE" check "$scratch/s.xml"
grep -q "s.xml:2: error: background: attribute rate: '0Mbps' is not greater than 0" "$scratch/err" || fail "a rate of 0"
changes '<background from="0" to="1" rate="1Mbps"/><failure link="~*" at="1s"/>'
told s.xml:2 "failure: no link is called '~\*'" '9 links: __loopback__'
wan='<wan regions="2" bw="1Gbps" lat="0s" detour="2"/>'
scenario "<platform>$wan<background from=\"0\" to=\"1\" rate=\"1Mbps\"/></platform>" '/>' 'forward="1ms"' "$dense"
told s.xml:2 'background: a rate is a link of its own in series' 'without rate='
scenario "<platform>$cluster<background from=\"0\" to=\"1\" rate=\"1Mbps\"/></platform>" 'model="tcp"/>' \
    'forward="1ms"' "$dense"
told s.xml:2 'background: a rate is .* in the model tcp' 'ideal'
changes '<profile link="cluster_link_9_UP" file="half.csv"/>'
told s.xml:2 "profile: no link is called 'cluster_link_9_UP'" "did you mean 'cluster_link_0_UP'.*9 links:"
changes '<profile file="half.csv"/><profile link="*_1_UP" file="half.csv"/>'
told s.xml:2 'profile: link cluster_link_1_UP has a profile already' 'must leave it out'
changes '<profile of="latency" file="half.csv"/>'
told s.xml:2 'profile: a latency that changes with time' '<network latency="sender"/>'
changes '<profile of="loss" file="half.csv"/>'
told s.xml:2 "profile: attribute of: 'loss' is" 'latency'
changes '<failure host="node-7" at="1s"/>'
told s.xml:2 "failure: no host is called 'node-7'" '4 hosts: node-0, node-1, node-2, node-3'
changes '<failure link="eth*" at="1s"/>'
told s.xml:2 "failure: no link is called 'eth\*'" '9 links: __loopback__'

scenario "<platform>$cluster</platform>" '><config><prop id="network/gamma" value="3"/></config></network>' \
    'forward="1ms"' "$dense"
told s.xml:4 'prop: .*Bad config key: network/gamma' 'network/TCP-gamma'
scenario "<platform>$cluster</platform>" \
    '><config><prop id="network/TCP-gamma" value="much"/></config></network>' 'forward="1ms"' "$dense"
told s.xml:4 'prop: .*invalid double' 'network/TCP-gamma'

scenario '<platform file="p.xml" nodes="2" bw="1MBps" lat="1ms"/>' '/>' 'forward="1ms"' "$dense"
file 'bandwidth="-1MBps" latency="1ms"'
told s.xml:2 'platform: .*p.xml: link l has a bandwidth of -1e+06 B/s' 'above 0'
file 'bandwidth="1MBps" latency="-1ms"'
told s.xml:2 'platform: .*p.xml: link l has a latency of -0.001 s' '0 or above'
file 'bandwidth="1MBps" latency="1ms" sharing_policy="WIFI"'
told p.xml:4 'link: sharing_policy="WIFI"' 'SPLITDUPLEX'
file 'bandwidth="1MBps" latncy="1ms"'
expect_status 2 "$THINWIRE" check "$scratch/s.xml"
grep -q 's.xml:2: error: platform: .*Parse error.*latncy' "$scratch/err" || fail "SimGrid's parser is not heard"
file 'bandwidth="1MBps" latency="1ms" sharing_policy="FATPIPE"'
"$THINWIRE" check "$scratch/s.xml" >"$scratch/out" || fail "a FATPIPE link is refused"

wan='<wan regions="2" bw="1Gbps" lat="0s" detour="0.5"/>'
scenario "<platform>$wan</platform>" '/>' 'forward="1ms"' "$dense"
told s.xml:2 "wan: attribute detour: '0.5' is below 1" 'great circle'

scenario "<platform>$cluster</platform>" 'executor="maxplus"/>' \
    'backward="1ms" overlap="bucket" streams="2"' "$dense"
told s.xml:9 'method .m.: maxplus prices one communication stream' 'simgrid'
scenario "<platform>$cluster</platform>" '/>' 'layers="layers.csv" overlap="bucket"' "$dense"
told s.xml:9 'method .m.: no layer of the table has the tensor bn1.weight' 'called like it'
scenario "<platform>$cluster</platform>" '/>' 'forward="1ms"' "$topk" '<device file="device.xml"/>'
told s.xml:9 'method .m.: device small does not know the kernel select' 'it has: add'
scenario "<platform>$cluster</platform>" '/>' 'backward="1ms" overlap="bucket" streams="4"' \
    "$dense<sharding stage=\"zero3\"/>"
told s.xml:9 'method .m.: 4 streams for gradients leave none' 'streams'
scenario "<platform>$cluster</platform>" '/>' 'backward="1ms" overlap="bucket" streams="3"' \
    "$dense<sharding stage=\"zero3\"/>"
"$THINWIRE" check "$scratch/s.xml" >"$scratch/out" || fail "3 streams are refused"
echo "names, options and layouts are looked at before anything runs"
