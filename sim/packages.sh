# shellcheck shell=sh
# Debian packages that Thinwire needs, and how missing ones are installed. Sourced by
# sim/quickstart.sh, tests/run.sh and .ci/run; needs nothing but a POSIX shell and dpkg.

# shellcheck disable=SC2034 # the lists are used by those who source this file
TW_PACKAGES_RUN="build-essential cmake ninja-build pkg-config libsimgrid-dev libgsl-dev libxml2-dev \
libjansson-dev libxxhash-dev zlib1g-dev librandom123-dev gnuplot-nox dataset-fashion-mnist \
jargon"
# shellcheck disable=SC2034
TW_PACKAGES_TEST="check"
# shellcheck disable=SC2034
TW_PACKAGES_CI="git clang clang-format clang-tidy shellcheck"

# Prints those of the given packages that are not installed.
tw_missing() {
    for tw_package in "$@"; do
        if ! dpkg-query -W -f='${Status}' "$tw_package" 2>/dev/null | grep -q ' installed$'; then
            printf '%s ' "$tw_package"
        fi
    done
}

# Runs a command as root; 1 when neither root nor a sudo without password is there.
tw_as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

# Installs what is missing of the given packages, without a question. Exits 2 when it may not or
# cannot, after saying the command that would do it.
tw_need_packages() {
    if ! command -v dpkg-query >/dev/null; then
        echo "This is no Debian system: the packages are not checked. Needed by their Debian names:"
        echo "  $*"
        return 0
    fi
    tw_wanted=$(tw_missing "$@")
    if [ -z "$tw_wanted" ]; then
        return 0
    fi
    if ! tw_as_root true; then
        echo "Some packages are missing, and only root can install them. Please run:" >&2
        echo "  sudo apt-get install --no-install-recommends $tw_wanted" >&2
        exit 2
    fi
    echo "Installing: $tw_wanted"
    # shellcheck disable=SC2086 # one word per package
    if ! { tw_as_root apt-get update -q &&
        tw_as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -q -y --no-install-recommends $tw_wanted; }; then
        echo "apt could not install them. The command was:" >&2
        echo "  sudo apt-get install --no-install-recommends $tw_wanted" >&2
        exit 2
    fi
}
