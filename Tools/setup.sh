#!/usr/bin/env bash
# Sees to what a build needs: the Swift toolchain (only checked), oneDNN and Oniguruma (installed where apt is at hand).
# Arguments: those that choose package traits, as `swift build` takes them.
set -euo pipefail

fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

required=6.1
if ! command -v swift >/dev/null; then
    fail "no swift on the PATH; Swift $required or later is needed: https://www.swift.org/install" \
        "(a toolchain unpacked by hand needs its usr/bin folder on the PATH)"
fi
found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
if [ -z "$found" ]; then
    fail "swift --version does not say which version it is; Swift $required or later is needed: https://www.swift.org/install"
fi
if [ "$(printf '%s\n%s\n' "$required" "$found" | sort -t . -k 1,1n -k 2,2n | head -n 1)" != "$required" ]; then
    fail "swift is version $found; $required or later is needed: https://www.swift.org/install"
fi

# Asked of the compiler that will compile the C targets, since it alone knows where it looks.
compiler=$(dirname "$(command -v swift)")/clang
[ -x "$compiler" ] || compiler=$(command -v clang || command -v cc || true)
[ -n "$compiler" ] || fail "no C compiler beside swift nor on the PATH; install clang"
has() {
    printf '#include <%s>\n' "$1" | "$compiler" -E -x c - >/dev/null 2>&1
}

# What stands in for a library that cannot be had, by package.
instead() {
    if [ "$1" = libonig-dev ]; then
        printf '%s' "; or build without it (make TRAITS=--disable-default-traits): tokenizers with unusual patterns are then refused"
    fi
}

# need HEADER PACKAGE NAME BREW
need() {
    local header=$1 package=$2 name=$3 brew=$4
    if has "$header"; then
        return
    fi
    if ! command -v apt-get >/dev/null; then
        fail "$name is missing: no compiler finds $header, and there is no apt-get to install it with" \
            "install $name with its headers (Debian and Ubuntu call it $package, Homebrew $brew), then try again$(instead "$package")"
    fi
    if [ "$(id -u)" = 0 ]; then
        as_root=()
    elif command -v sudo >/dev/null; then
        as_root=(sudo)
    else
        fail "$name is missing, and installing it needs root; as root: apt-get install $package$(instead "$package")"
    fi
    echo "setup: installing $name ($package)" >&2
    # A fresh machine has no package lists, and old lists name files that are gone.
    if ! install "$package"; then
        "${as_root[@]+"${as_root[@]}"}" apt-get update --quiet </dev/null >&2
        install "$package" || fail "apt-get could not install $package; its message is above$(instead "$package")"
    fi
    has "$header" || fail "$package is installed, yet $compiler does not find $header"
}
install() {
    "${as_root[@]+"${as_root[@]}"}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --quiet --no-install-recommends "$1" </dev/null >&2
}

need oneapi/dnnl/dnnl.h libdnnl-dev oneDNN onednn
case " $* " in
*--disable-default-traits*) ;;
*) need oniguruma.h libonig-dev Oniguruma oniguruma ;;
esac
