#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs below a temporary prefix and uses what is there as a stranger would:
# check_install.sh BUILD MAKE, from the top of the tree.
set -eu
build=$1
make=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

fail() {
    echo "check_install: $*" >&2
    exit 1
}

# The files, and no others.
"$make" --no-print-directory BUILD="$build" PREFIX="$prefix" install >"$work/log"
cat >"$work/expected" <<'END'
bin/evtxseq
include/evtxseq.h
lib/libevtxseq.a
lib/pkgconfig/evtxseq.pc
share/bash-completion/completions/evtxseq
share/doc/evtxseq/COPYING
share/evtxseq/evtxseq-coverage.schema.json
share/evtxseq/evtxseq-report.schema.json
share/evtxseq/evtxseq.schema.json
share/fish/vendor_completions.d/evtxseq.fish
share/man/man1/evtxseq.1
share/man/man5/evtxseq-fields.5
share/man/man5/evtxseq-output.5
share/zsh/site-functions/_evtxseq
END
(cd "$prefix" && find . -type f | sed 's,^\./,,' | LC_ALL=C sort) >"$work/installed"
diff "$work/expected" "$work/installed" || fail "other files are installed"
sed -n 's,^\.It Pa \(/.*\)$,\1,p' "$prefix/share/man/man5/evtxseq-output.5" >"$work/named"
[ -s "$work/named" ] || fail "the manual names no file"
while read -r file; do
    [ -f "$file" ] || fail "the manual names $file"
done <"$work/named"

# Elsewhere, and away again.
other=$work/other
"$make" --no-print-directory BUILD="$build" DESTDIR="$work/a b" PREFIX="$other" LIBDIR="$other/lib64" \
    MANDIR="$other/man" install >"$work/log"
for file in lib64/libevtxseq.a lib64/pkgconfig/evtxseq.pc man/man1/evtxseq.1 bin/evtxseq; do
    [ -f "$work/a b$other/$file" ] || fail "$file is not installed"
done
grep -qx 'libdir=${prefix}/lib64' "$work/a b$other/lib64/pkgconfig/evtxseq.pc" || fail "evtxseq.pc has another libdir"
"$make" --no-print-directory BUILD="$build" DESTDIR="$work/a b" PREFIX="$other" LIBDIR="$other/lib64" \
    MANDIR="$other/man" uninstall >"$work/log"
left=$(find "$work/a b" -type f)
[ -z "$left" ] || fail "left behind: $left"

# The header alone, in both languages.
printf '#include <evtxseq.h>\n#include <evtxseq.h>\nint main(void) { return EVTXSEQ_API - 2; }\n' >"$work/alone.c"
strict="-Wall -Wextra -Wpedantic -Werror -fsyntax-only -I$prefix/include"
# shellcheck disable=SC2086 # one word an option is meant
gcc -std=c17 -pedantic $strict "$work/alone.c"
# shellcheck disable=SC2086
g++ -x c++ -std=c++17 -pedantic $strict "$work/alone.c"

# The archive defines what the header declares, and nothing else that could clash.
grep -o 'evtxseq_[a-z_]*(' "$prefix/include/evtxseq.h" | tr -d '(' | LC_ALL=C sort -u >"$work/declared"
nm -g --defined-only "$prefix/lib/libevtxseq.a" | sed -n 's/^[0-9a-f]* [A-Z] //p' |
    LC_ALL=C sort -u >"$work/defined"
diff "$work/declared" "$work/defined" || fail "header and archive differ"

# The example, from what is installed alone.
PKG_CONFIG_PATH=$prefix/lib/pkgconfig
export PKG_CONFIG_PATH
compile=$(sed -n 's/^    \(cc walk\.c .*\)$/\1/p' docs/library.md)
[ -n "$compile" ] || fail "docs/library.md does not say how to compile the example"
cp examples/walk.c testdata/sample.evtx "$work"
cat >"$work/expected" <<'END'
20e4a3e749bd689b wmi-script-execution exact on WS01.corp.example, 204 ms
 process: event 1, record 22 in sample.evtx, 1714557753907 ms
  Image=C:\Windows\System32\cscript.exe
  CommandLine="C:\Windows\System32\cscript.exe" //B "C:\Users\alice\Downloads\invoice_0417.js"
 event: event 7, record 23 in sample.evtx, 1714557754377 ms
  Image=C:\Windows\System32\cscript.exe
 event: event 1, record 24 in sample.evtx, 1714557754581 ms
  Image=C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe
  CommandLine=powershell.exe -NoProfile -WindowStyle Hidden -File C:\Users\alice\AppData\Local\Temp\u.ps1
 descendant: event 1, record 25 in sample.evtx, 1714557756020 ms
  Image=C:\Windows\System32\whoami.exe
  CommandLine=whoami /all
END
(
    cd "$work"
    eval "$compile"
    status=0
    ./walk sample.evtx >walked || status=$?
    [ "$status" -eq 1 ] || fail "the example's exit status is $status"
    diff expected walked || fail "the example finds something else"
    status=0
    ./walk absent.evtx >walked 2>errors || status=$?
    [ "$status" -eq 2 ] || fail "the example's exit status without a log is $status"
    [ "$(cat errors)" = "absent.evtx: No such file or directory (may have cost a finding)" ] ||
        fail "the example says: $(cat errors)"
    [ "$(pkg-config --modversion evtxseq)" = "$("$prefix/bin/evtxseq" --version | cut -d ' ' -f 2)" ] ||
        fail "evtxseq.pc has another version"
)
echo "check_install: what is installed works"
