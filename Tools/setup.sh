#!/usr/bin/env bash
# Sees to what a build needs: the Swift toolchain (only checked) and oneDNN (installed where apt is at hand).
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
has_onednn() {
    printf '#include <oneapi/dnnl/dnnl.h>\n' | "$compiler" -E -x c - >/dev/null 2>&1
}

if has_onednn; then
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    fail "oneDNN is missing: no compiler finds oneapi/dnnl/dnnl.h, and there is no apt-get to install it with" \
        "install oneDNN with its headers (Debian and Ubuntu call it libdnnl-dev, Homebrew onednn), then try again"
fi
if [ "$(id -u)" = 0 ]; then
    as_root=()
elif command -v sudo >/dev/null; then
    as_root=(sudo)
else
    fail "oneDNN is missing, and installing it needs root; as root: apt-get install libdnnl-dev"
fi
echo "setup: installing oneDNN (libdnnl-dev)" >&2
install() {
    "${as_root[@]+"${as_root[@]}"}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --quiet --no-install-recommends libdnnl-dev </dev/null >&2
}
# A fresh machine has no package lists, and old lists name files that are gone.
if ! install; then
    "${as_root[@]+"${as_root[@]}"}" apt-get update --quiet </dev/null >&2
    install || fail "apt-get could not install libdnnl-dev; its message is above"
fi
has_onednn || fail "libdnnl-dev is installed, yet $compiler does not find oneapi/dnnl/dnnl.h"
