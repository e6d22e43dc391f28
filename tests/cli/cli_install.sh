#!/bin/sh
# What is installed serves a program outside: one header, one library in two kinds, pkg-config, the
# command and its schema; the example builds with them alone and prints what it must.
. tests/cli/lib.subr
: "${TW_BUILD:?set TW_BUILD to the build folder}"
grep -q '^TW_SANITIZER:STRING=$' "$TW_BUILD/CMakeCache.txt" ||
    { echo "skipped: a sanitized library does not link into a plain program"; exit 77; }
for program in cc pkg-config; do
    command -v "$program" >/dev/null || { echo "skipped: there is no $program"; exit 77; }
done
root=$scratch/root
DESTDIR=$root cmake --install "$TW_BUILD" --prefix /opt/tw >"$scratch/log" ||
    { cat "$scratch/log"; fail "cmake --install"; }
prefix=$root/opt/tw
pc=$(dirname "$(find "$prefix" -name thinwire-compressors.pc)")
lib=$(dirname "$pc")
for file in "$prefix/bin/thinwire" "$prefix/share/thinwire/scenario.xsd" \
    "$lib/libthinwire-compressors.a" "$lib/libthinwire-compressors.so"; do
    [ -f "$file" ] || fail "$file was not installed"
done
[ "$(find "$prefix/include" -type f)" = "$prefix/include/thinwire/compressors.h" ] || fail "one header"

export PKG_CONFIG_PATH="$pc"
wanted="16 bytes: 0 -3 0 5" # k = floor(0.5 * 4) = 2 values of 4 bytes and 2 indices of 4
lines=$(awk '!/^ *$|^[{}]|^#|^\/\*|^ \*/' compressors/example.c | wc -l)
[ "$lines" -le 20 ] || fail "the example has $lines lines of code"
flags=$(pkg-config --cflags thinwire-compressors)
build() { # NAME LIBRARIES: they stand behind the source, as a linker wants them
    # shellcheck disable=SC2086 # flags are words
    cc -std=c11 -Wall -Wextra -Werror $flags compressors/example.c -o "$scratch/$1" $2
}
build shared "$(pkg-config --libs thinwire-compressors)"
got=$(LD_LIBRARY_PATH=$lib "$scratch/shared")
[ "$got" = "$wanted" ] || fail "shared: '$got'"
if LD_LIBRARY_PATH='' "$scratch/shared" >/dev/null 2>&1; then
    fail "the shared example ran without the shared library: it tests another one"
fi
build static "$lib/libthinwire-compressors.a $(pkg-config --libs gsl) -lm"
got=$("$scratch/static")
[ "$got" = "$wanted" ] || fail "static: '$got'"

nm -D --defined-only "$lib/libthinwire-compressors.so" | awk '$3 !~ /^(tw_|_init$|_fini$)/' >"$scratch/names"
nm -g --defined-only "$lib/libthinwire-compressors.a" | awk 'NF == 3 && $3 !~ /^tw_/' >>"$scratch/names"
[ ! -s "$scratch/names" ] || { cat "$scratch/names"; fail "public names without tw_"; }
# A plug-in may call whatever the library has; only ranks by themselves are of no use inside a host.
names() { nm -D --defined-only "$1" | awk '$3 ~ /^tw_/ && $3 !~ /^tw_one_rank_/ { print $3 }' | sort; }
names "$lib/libthinwire-compressors.so" >"$scratch/library"
names "$prefix/bin/thinwire" | comm -23 "$scratch/library" - >"$scratch/names"
[ ! -s "$scratch/names" ] || { cat "$scratch/names"; fail "the command does not export these"; }
command -v c++ >/dev/null && { echo '#include <thinwire/compressors.h>
int main(void) { return tw_compressor_count() < 1; }' >"$scratch/p.cc"
    # shellcheck disable=SC2046,SC2086
    c++ -Wall -Werror $flags "$scratch/p.cc" -o "$scratch/plus" "$lib/libthinwire-compressors.a" \
        $(pkg-config --libs gsl) -lm
    "$scratch/plus" || fail "from C++"; }
echo "installed: the example compresses 4 values to 16 bytes, shared and static"
