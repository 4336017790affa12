# What ./try, ./install and tests/run share: Debian packages and Rust. Sourced by them, with the repository's root as the folder.
# shellcheck shell=bash

# Runs a command as root.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "$0: this needs root once: $*" >&2
        return 1
    fi
}

# Runs a command that downloads something, up to three times: a network fails now and then.
retried() {
    local pause
    for pause in 5 20; do
        "$@" && return
        echo "$0: $1 failed; once more in $pause s" >&2
        sleep $pause
    done
    "$@"
}

# Installs the Debian packages among its arguments that are missing.
install_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null; then
        echo "$0: install what Debian calls: ${missing[*]}" >&2
        return 1
    fi
    echo "installing: ${missing[*]}"
    as_root true || return
    retried fetch_packages "${missing[@]}"
}

# Installs Debian packages. A machine that has just started may be installing its own updates: that is waited for.
fetch_packages() {
    as_root apt-get update -qq || return
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends \
        "$@" >/dev/null
}

# Installs a C compiler, which Rust links with, if there is none of any kind.
need_compiler() {
    command -v cc >/dev/null || install_packages gcc libc6-dev
}

# Fails unless Rust is there and new enough.
need_rust() {
    local wanted found
    # Where rustup puts it; a shell that was open before doesn't know.
    PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
    wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
    if ! command -v cargo >/dev/null; then
        echo "$0: Rust $wanted or newer is needed: https://www.rust-lang.org/tools/install" >&2
        return 1
    fi
    found=$(rustc --version | cut -d' ' -f2)
    if [ "$(printf '%s\n' "$wanted" "${found%%-*}" | sort -V | head -n 1)" != "$wanted" ]; then
        echo "$0: Rust $wanted or newer is needed, this is $found: rustup update" >&2
        return 1
    fi
}
