#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# embed_rules.sh RULE.toml...: writes the C source of builtin_rules() (lib/rules/builtin.h), which
# hands out these files, to standard output. Bytes, for C does not promise strings as long as files.
set -eu

echo '// Made by tools/embed_rules.sh.'
echo '#include "rules/builtin.h"'
number=0
for path in "$@"; do
    echo "static const unsigned char text_$number[] = {"
    od -A n -v -t x1 "$path" | sed 's/ \(..\)/0x\1, /g'
    echo '0};'
    number=$((number + 1))
done
echo 'static const struct builtin_rule rules[] = {'
number=0
for path in "$@"; do
    echo "{\"$(basename "$path" .toml)\", (const char *)text_$number, sizeof text_$number - 1},"
    number=$((number + 1))
done
cat <<'END'
};
const struct builtin_rule *builtin_rules(size_t *count) {
    *count = sizeof rules / sizeof *rules;
    return rules;
}
END
