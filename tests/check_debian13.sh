#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The tree builds and passes its tests on Debian 13: check_debian13.sh WORK [GOAL]..., from the top of
# the tree. Makes a Debian 13 in WORK/root, which the next run uses again, and there, by chroot,
# makes the goals (check) of a copy of the tree. Exit status 77: it cannot run here.
set -eu
suite=trixie
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
work=$1
root=$work/root

fail() {
    echo "check_debian13: $*" >&2
    exit 1
}

skip() {
    echo "check_debian13: skipped: $*" >&2
    exit 77
}

# The first that has Debian 13 of the archives that this machine installs packages from.
find_archive() {
    apt-get --print-uris update | sed -n "s,^'\(.*\)/dists/.*/InRelease' .*,\1,p" | sort -u >"$work/archives"
    while read -r archive; do
        if /usr/lib/apt/apt-helper -o Acquire::Retries=0 download-file \
            "$archive/dists/$suite/InRelease" "$work/InRelease" >"$work/log" 2>&1 &&
            grep -qx "Codename: $suite" "$work/InRelease"; then
            echo "$archive"
            return
        fi
    done <"$work/archives"
}

make_root() {
    archive=$(find_archive)
    [ -n "$archive" ] || skip "none of this machine's package archives offers Debian 13, or there is no network"
    echo "check_debian13: making a Debian 13 in $root"
    rm -rf "$root.new"
    debootstrap --variant=minbase --keyring="$keyring" "$suite" "$root.new" "$archive" >"$work/log" 2>&1 || {
        tail -n 20 "$work/log" >&2
        fail "debootstrap fails"
    }
    mv "$root.new" "$root"
}

[ "$(id -u)" -eq 0 ] || skip "not root"
command -v debootstrap >/dev/null || skip "debootstrap is not installed"
[ -e "$keyring" ] || skip "debian-archive-keyring is not installed"
# With mounts of its own: they are gone with this process, however it ends.
if [ -z "${CHECK_DEBIAN13_OWN_MOUNTS-}" ]; then
    unshare --mount true 2>/dev/null || skip "mounts are not permitted"
    CHECK_DEBIAN13_OWN_MOUNTS=yes exec unshare --mount "$0" "$@"
fi
shift
[ $# -gt 0 ] || set -- check

mkdir -p "$work"
# wget, which debootstrap uses, does not ask apt for the proxy.
eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
export http_proxy="${http_proxy-}" https_proxy="${https_proxy-}"
if [ ! -d "$root" ]; then
    make_root
fi

cp --dereference --remove-destination /etc/resolv.conf "$root/etc/resolv.conf"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
rm -rf "$root/src/evtxseq"
mkdir -p "$root/src/evtxseq" "$root/src/shared"
tar -c --exclude=./.git --exclude='./build*' . | tar -x -C "$root/src/evtxseq"
[ ! -d ../shared ] || mount --bind -o ro ../shared "$root/src/shared"

# Nothing of this machine's settings is meant for the other but these.
asked=$(env | grep -Ex '(CK_RUN_SUITE|EVTXSEQ_[A-Z]+_(LOGS|RUNS))=[a-z0-9_]+') || asked=
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    http_proxy="$http_proxy" https_proxy="$https_proxy" $asked \
    chroot "$root" sh -euc '
        cd /src/evtxseq
        tools/setup.sh check
        make --no-print-directory -j"$(nproc)" CFLAGS="-O3 -g -Werror" all build/check build/evtxseq-faults
        make --no-print-directory CFLAGS="-O3 -g -Werror" "$@"' sh "$@" ||
    fail "make $* fails on Debian $(cat "$root/etc/debian_version")"
echo "check_debian13: make $* passes on Debian $(cat "$root/etc/debian_version")"
