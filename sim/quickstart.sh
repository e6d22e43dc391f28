#!/bin/sh
# From a fresh Debian 12 to a first figure: packages, Release build, scenarios/quickstart.xml.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=sim/packages.sh
. sim/packages.sh

usage() {
    cat <<'END'
Usage: sh sim/quickstart.sh [--help]
Installs the Debian packages that are missing (as root or by sudo without a password; otherwise
prints the command and exits 2), builds Thinwire into build/, runs scenarios/quickstart.xml into
results/quickstart and draws its figures. Running it again builds and computes only what is new.
END
}

case ${1-} in
'') ;;
-h | --help)
    usage
    exit 0
    ;;
*)
    echo "quickstart.sh: unknown argument '$1'" >&2
    usage >&2
    exit 2
    ;;
esac

# shellcheck disable=SC2086 # one word per package
tw_need_packages $TW_PACKAGES_RUN

cmake --preset release -DBUILD_TESTING=OFF
cmake --build build --target thinwire
build/thinwire run scenarios/quickstart.xml -o results/quickstart
build/thinwire plot results/quickstart

echo
echo "Points (one row each): results/quickstart/points.csv"
for figure in results/quickstart/plots/*.png; do
    if [ ! -f "$figure" ]; then
        echo "quickstart.sh: no figure was drawn in results/quickstart/plots" >&2
        exit 1
    fi
    echo "Figure:                $figure"
done
