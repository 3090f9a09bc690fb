#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# embed_page.sh STYLE SCRIPT: writes the C source of lib/out/page.h, which hands out these two files with
# their hashes, to standard output.
set -eu

# What would end the element, or begin a comment in it, is no part of the text.
if grep -n -i -e '</style' -e '</script' -e '<!--' "$@" >&2; then
    echo 'embed_page.sh: cannot stand in a page' >&2
    exit 1
fi

embed() {
    echo "static const unsigned char $1_text[] = {"
    od -A n -v -t x1 "$2" | sed 's/ \(..\)/0x\1, /g'
    echo '0};'
    hash=$(sha256sum "$2" | cut -c 1-64 | tr a-f A-F | basenc --base16 -d | base64)
    echo "struct page_part page_$1(void) {"
    echo "return (struct page_part){(const char *)$1_text, sizeof $1_text - 1, \"sha256-$hash\"};"
    echo '}'
}

echo '// Made by tools/embed_page.sh.'
echo '#include "out/page.h"'
embed style "$1"
embed script "$2"
