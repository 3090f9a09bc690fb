#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The Debian packages are sound: check_deb.sh DEB AGAIN, where AGAIN was built from the same tree, and
# beside each lies the one for development. As root it installs and removes the package.
set -eu
deb=$1
again=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "check_deb: $*" >&2
    exit 1
}

# The package for development that lies beside one.
dev_of() {
    echo "$(dirname "$1")/libevtxseq-dev_$(basename "$1" | cut -d _ -f 2-)"
}

# files_of DEB, its files but for where the machine's architecture is named.
files_of() {
    dpkg-deb --fsys-tarfile "$1" | tar -t | sed -n 's,^\.\(.*[^/]\)$,\1,p' |
        sed 's,^/usr/lib/[^/]*-linux-[^/]*/,/usr/lib/ARCH/,' | LC_ALL=C sort
}

dev=$(dev_of "$deb")
cmp "$deb" "$again" || fail "the same tree gives other bytes"
cmp "$dev" "$(dev_of "$again")" || fail "the same tree gives other bytes"
lintian --allow-root --fail-on error "$deb" "$dev" || fail "lintian finds errors"
cat >"$work/expected" <<'END'
/usr/bin/evtxseq
/usr/share/bash-completion/completions/evtxseq
/usr/share/doc/evtxseq/README.md.gz
/usr/share/doc/evtxseq/changelog.Debian.gz
/usr/share/doc/evtxseq/changelog.gz
/usr/share/doc/evtxseq/copyright
/usr/share/evtxseq/evtxseq-coverage.schema.json
/usr/share/evtxseq/evtxseq-report.schema.json
/usr/share/evtxseq/evtxseq.schema.json
/usr/share/fish/vendor_completions.d/evtxseq.fish
/usr/share/man/man1/evtxseq.1.gz
/usr/share/man/man5/evtxseq-fields.5.gz
/usr/share/man/man5/evtxseq-output.5.gz
/usr/share/zsh/vendor-completions/_evtxseq
END
files_of "$deb" >"$work/files"
diff "$work/expected" "$work/files" || fail "it has other files"
dpkg-deb --fsys-tarfile "$deb" | tar -x -O ./usr/share/man/man5/evtxseq-output.5.gz | gunzip |
    grep '^\.It Pa /' | sed 's,^\.It Pa ,,' >"$work/named"
[ -s "$work/named" ] || fail "the manual names no file"
grep -vxF -f "$work/files" "$work/named" && fail "the manual names other files than there are"
cat >"$work/expected" <<'END'
/usr/include/evtxseq.h
/usr/lib/ARCH/libevtxseq.a
/usr/lib/ARCH/pkgconfig/evtxseq.pc
/usr/share/doc/libevtxseq-dev/changelog.Debian.gz
/usr/share/doc/libevtxseq-dev/changelog.gz
/usr/share/doc/libevtxseq-dev/copyright
/usr/share/doc/libevtxseq-dev/examples/walk.c
END
files_of "$dev" >"$work/dev-files"
diff "$work/expected" "$work/dev-files" || fail "the package for development has other files"

if [ "$(id -u)" -ne 0 ]; then
    echo "check_deb: not root, so not installed"
    exit 0
fi
if dpkg-query -W evtxseq >/dev/null 2>&1; then
    echo "check_deb: a package evtxseq is installed already, so this one is not"
    exit 0
fi
trap 'dpkg -P evtxseq >/dev/null 2>&1; rm -rf "$work"' EXIT
dpkg -i "$deb" >"$work/log" 2>&1 || fail "cannot be installed: $(cat "$work/log")"
[ "$(dpkg-query -W -f '${Version}' evtxseq)" = "$(/usr/bin/evtxseq --version | cut -d ' ' -f 2)-1" ] ||
    fail "package and command have different versions"
status=0
/usr/bin/evtxseq -q -f csv testdata/sample.evtx >"$work/out" || status=$?
[ "$status" -eq 1 ] || fail "exit status $status"
grep -q '^20e4a3e749bd689b,wmi-script-execution,' "$work/out" || fail "the finding is not found"
dpkg -r evtxseq >"$work/log" 2>&1 || fail "cannot be removed: $(cat "$work/log")"
if dpkg-query -W evtxseq >/dev/null 2>&1; then
    fail "the package is still known"
fi
left=$(xargs -a "$work/files" ls -d /usr/share/doc/evtxseq /usr/share/evtxseq 2>/dev/null || true)
[ -z "$left" ] || fail "left behind: $left"
echo "check_deb: the package is sound, installs and removes cleanly"
