#!/bin/sh
# The shared library and the template of a plug-in, driven from Python: two ranks by hand.
. tests/cli/lib.subr
: "${TW_BUILD:?set TW_BUILD to the build folder}"
grep -q '^TW_SANITIZER:STRING=$' "$TW_BUILD/CMakeCache.txt" ||
    { echo "skipped: a sanitized library does not load into a plain Python"; exit 77; }
python3 -c 'import ctypes' 2>/dev/null || { echo "skipped: there is no python3 with ctypes"; exit 77; }
python3 compressors/example_ctypes.py "$TW_BUILD/compressors/libthinwire-compressors.so" \
    "$TW_BUILD/compressors/stride.so" >"$scratch/out" || fail "the example"
# Stride 4 at step 1 keeps indices 1 and 5, 2 values of 4 bytes: rank 0 has 2 and 6, rank 1 has 0 and 0.
# Top-2 of rank 0 is 7, 8 and of rank 1 is 5 and 3 at index 0, the lower of a tie: 8 bytes of values
# and 8 of indices; halves of 3, 5, 7, 8 at 0, 4, 6, 7.
cat >"$scratch/wanted" <<END
stride [8, 8] [0.0, 1.0, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0] [0.0, 2.0, 0.0, 0.0, 0.0, 6.0, 0.0, 0.0]
topk [16, 16] [1.5, 0.0, 0.0, 0.0, 2.5, 0.0, 3.5, 4.0] [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 7.0, 8.0]
END
head -n 2 "$scratch/out" | diff "$scratch/wanted" - || fail "two steps by hand"
sed -n 3p "$scratch/out" | grep -q '^refused: .*stride.*1' || { cat "$scratch/out"; fail "stride 0"; }
echo "a plug-in and Top-K from Python: bytes, mean and own as by hand"
