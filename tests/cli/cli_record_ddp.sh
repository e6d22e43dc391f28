#!/bin/sh
# record_ddp.py: two ranks of PyTorch's DistributedDataParallel on one machine, gradients of a small
# network recorded by the hook and, beside it, computed again by autograd on a copy of the model
# without DistributedDataParallel. Both must be equal to the bit, the averages that the hook returns
# equal the mean of both ranks' to 1e-6 relative, and Thinwire must read what was written.
. tests/cli/lib.subr
python=$(for p in "${TW_PYTHON:-}" python3 /usr/bin/python3; do
    [ -n "$p" ] && "$p" -c 'import torch, torch.distributed as d; assert d.is_available()' 2>/dev/null &&
        echo "$p" && break
done || true)
[ -n "$python" ] || { echo "skipped: no Python here has torch (Debian package python3-torch)"; exit 77; }
cat >"$scratch/train.py" <<'EOF'
import copy, os, struct, sys
import torch, torch.distributed as dist, torch.multiprocessing as mp
import record_ddp

STEPS = 3


def data(rank, step):
    make = torch.Generator().manual_seed(100 * rank + step)
    return torch.randn(8, 6, generator=make), torch.randn(8, 3, generator=make)


def run(rank, folder):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=sys.argv[2])
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=2)
    torch.manual_seed(7)
    net = torch.nn.Sequential(torch.nn.Linear(6, 40), torch.nn.ReLU(), torch.nn.Linear(40, 3))
    model = torch.nn.parallel.DistributedDataParallel(net, bucket_cap_mb=0.0005)
    recorder = record_ddp.record(model, folder, STEPS)
    expected = []
    for step in range(STEPS + 1):  # one more than is recorded
        means = []
        for r in (0, 1):  # what each rank's gradient is, without the hook
            alone = copy.deepcopy(net)
            alone.zero_grad()
            x, y = data(r, step)
            ((alone(x) - y) ** 2).mean().backward()
            means.append(torch.cat([p.grad.reshape(-1) for p in alone.parameters()]))
        if step < STEPS:
            expected.append(means[rank])
        x, y = data(rank, step)
        model.zero_grad()
        ((model(x) - y) ** 2).mean().backward()
        got = torch.cat([p.grad.reshape(-1) for p in model.parameters()])
        mean = (means[0] + means[1]) / 2
        assert (got - mean).norm() <= 1e-6 * mean.norm(), "the hook's average is wrong"
        with torch.no_grad():
            for p in net.parameters():
                p -= 0.1 * p.grad
    recorder.close()
    raw = open(os.path.join(folder, "grad_%d.npy" % rank), "rb").read()
    values = torch.tensor(struct.unpack("<%df" % ((len(raw) - 128) // 4), raw[128:]))
    assert torch.equal(values, torch.cat(expected)), "what is recorded is not the rank's gradient"
    # a rank that ends with the group's threads alive now and then aborts
    dist.barrier()
    del model, recorder
    dist.destroy_process_group()


if __name__ == "__main__":
    mp.spawn(run, (sys.argv[1],), nprocs=2)
EOF
port=$((20000 + $$ % 20000))
PYTHONPATH="$PWD/sim/workload${PYTHONPATH:+:$PYTHONPATH}" PYTHONDONTWRITEBYTECODE=1 \
    "$python" "$scratch/train.py" "$scratch/recording" $port >"$scratch/log" 2>&1 ||
    { cat "$scratch/log" >&2; fail "recording with PyTorch"; }
# 6·40 + 40 + 40·3 + 3 = 403 values in 4 tensors
cat >"$scratch/s.xml" <<'EOF'
<scenario version="1.0" id="ddp">
  <description>Is what PyTorch recorded read?</description>
  <platform><cluster nodes="2" bw="1Gbps" lat="25us"/></platform>
  <workload steps="3" evaluate="1">
    <gradient source="recorded" file="recording/grad_0.npy" per_rank="yes" layout="recording/layout.csv"/>
  </workload>
  <method id="arc"><compressor type="arctopk" ratio="0.1"/><feedback type="ef14"/></method>
</scenario>
EOF
"$THINWIRE" run "$scratch/s.xml" -q -o "$scratch/r" 2>/dev/null
[ "$(column "$scratch/r/points.csv" dimension)" = 403 ] || fail "dimension"
grep -q '^2.weight,280,3,40,0$' "$scratch/recording/layout.csv" || fail "layout"
sed -i 's/steps="3"/steps="4"/' "$scratch/s.xml"
expect_status 2 "$THINWIRE" run "$scratch/s.xml" -q -o "$scratch/r"
grep -q 'holds 3 steps of 2 ranks' "$scratch/err" || fail "$(cat "$scratch/err")"
echo "2 ranks, 3 steps, 403 values: recorded to the bit"
