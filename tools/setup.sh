#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the Debian packages that a task needs and this machine lacks: setup.sh TASK; with --print
# before it, says how to, and fails if one is lacking. TASK is
# build, static (build the command that needs no other file), check (both, and test), deb (build the
# Debian package and check it), debian13 (make a Debian 13 to test on), sigma (check, and convert Sigma
# rules), html (check, and open reports in a browser), ssh, slurm, spark (check, and run the recipe for
# many machines by it), fuzz (check and fuzz) or lint (all of these and the checkers).
set -eu

build="gcc libc6-dev make pkg-config libarchive-dev libevtx-dev libewf-dev libbfio-dev libxml2-dev \
    libpcre2-dev libseccomp-dev libjansson-dev libdeflate-dev libzstd-dev nettle-dev zlib1g-dev"
static="$build libacl1-dev libbz2-dev libicu-dev liblz4-dev liblzma-dev"
check="$static bash bzip2 check cpio ewf-tools fish g++ genisoimage jq libevtx-utils lz4 p7zip-full parallel \
    python3 python3-jsonschema time unzip valgrind xz-utils zip zsh zstd"
deb="$build build-essential debhelper lintian"
fuzz="$check clang libclang-rt-14-dev"
debian13="debootstrap debian-archive-keyring"
sigma="$check python3-venv"
html="$check chromium chromium-driver fonts-dejavu-core"
ssh="$check openssh-client openssh-server"
slurm="$check munge slurm-wlm"
spark="$check default-jre-headless python3-venv"
lint="$fuzz $deb $debian13 $sigma $html $ssh $slurm $spark clang-format clang-tidy cppcheck mandoc"

print=
if [ "${1-}" = --print ]; then
    print=yes
    shift
fi
case "${1-}" in
build) packages=$build ;;
static) packages=$static ;;
check) packages=$check ;;
deb) packages=$deb ;;
debian13) packages=$debian13 ;;
sigma) packages=$sigma ;;
html) packages=$html ;;
ssh) packages=$ssh ;;
slurm) packages=$slurm ;;
spark) packages=$spark ;;
fuzz) packages=$fuzz ;;
lint) packages=$lint ;;
*)
    echo "usage: $0 [--print] build|static|deb|check|debian13|sigma|html|ssh|slurm|spark|fuzz|lint" >&2
    exit 2
    ;;
esac

missing=
for package in $packages; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "$0: no apt-get here; please install by other means:$missing" >&2
    exit 1
fi
sudo=
if [ "$(id -u)" -ne 0 ]; then
    sudo=sudo
    command -v sudo >/dev/null 2>&1 || print=yes
fi
if [ -n "$print" ]; then
    echo "Packages are missing. Run this as root, then try again:" >&2
    echo "apt-get update && apt-get install --no-install-recommends$missing" >&2
    exit 1
fi
echo "installing missing Debian packages:$missing"
$sudo apt-get update -q
# shellcheck disable=SC2086 # one word a package is meant
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q --no-install-recommends $missing
