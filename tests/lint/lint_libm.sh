#!/bin/sh
# Results of compressors/ are bit-identical everywhere, so no function of libm is called there whose
# last bit may depend on the processor: of libm only sqrt, fabs and exact tests are used.
set -eu
. tests/lint/files.subr
need_git
findings=$(mktemp)
trap 'rm -f "$findings"' EXIT

inexact='exp|exp2|expm1|log|log2|log10|log1p|pow|sin|cos|tan|sincos|sinh|cosh|tanh|asin|acos|atan|atan2|cbrt|hypot|erf|erfc|lgamma|tgamma|fma'
files 'compressors/*.c' 'compressors/*.h' | while IFS= read -r file; do
    grep -nE "(^|[^A-Za-z0-9_])($inexact)[fl]?\(" "$file" | grep -vE '^[0-9]+:[ \t]*(\*|/\*)' |
        sed "s|^|$file:|" || true
done >"$findings"
finish "$findings"
