# SPDX-License-Identifier: GPL-3.0-or-later
# Completes the command line of evtxseq in bash. Needs nothing of the package bash-completion but
# that it loads this file.

# The rules' IDs, one a line, from the command itself.
_evtxseq_rules() {
    "$1" --list-rules --format=csv 2>/dev/null | sed -n '2,$s/,.*//p'
}

# Adds to COMPREPLY what completes a list joined by commas, from words one a line.
_evtxseq_list() {
    local listed= last=$1 word
    if [[ $1 == *,* ]]; then
        listed=${1%,*},
        last=${1##*,}
    fi
    while read -r word; do
        [[ $word == "$last"* ]] && COMPREPLY+=("$listed$word")
    done
}

_evtxseq_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

# Completes the value of an option. False when the option takes none.
_evtxseq_value() {
    local command=$1 option=$2 value=$3
    case $option in
    -f | --format)
        mapfile -t COMPREPLY < <(compgen -W 'text brief csv jsonl timesketch html' -- "$value")
        ;;
    -r | --rules)
        _evtxseq_files "$value"
        compopt -o nospace 2>/dev/null
        _evtxseq_list "$value" < <(echo all && _evtxseq_rules "$command")
        ;;
    --explain)
        mapfile -t COMPREPLY < <(compgen -W "$(_evtxseq_rules "$command")" -- "$value")
        ;;
    --time)
        mapfile -t COMPREPLY < <(compgen -W 'utc logged' -- "$value")
        ;;
    --min-severity)
        mapfile -t COMPREPLY < <(compgen -W 'low medium high critical' -- "$value")
        ;;
    --color)
        mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$value")
        ;;
    -o | --output | --report | --files-from)
        _evtxseq_files "$value"
        ;;
    --maxspan | --since | --until | --part | --expect | -j | --jobs) ;;
    *)
        return 1
        ;;
    esac
}

_evtxseq() {
    local options='-f --format= -o --output= --report= -r --rules= --any-index --strict --min-severity= --maxspan= --time=
        --since= --until= --files-from= -0 --null --no-recovered --carve --coverage --no-context --no-filter
        --collect --merge --part= --expect= -j --jobs= --csv-raw --color= -q --quiet -v --verbose --list-rules --explain= -h --help -V --version'
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    # bash makes three words of --format=csv.
    if [[ $word == '=' ]]; then
        word=
    elif [[ $previous == '=' && $COMP_CWORD -ge 2 ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    if _evtxseq_value "${COMP_WORDS[0]}" "$previous" "$word"; then
        return
    fi
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
        [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null
        return
    fi
    _evtxseq_files "$word"
}

complete -F _evtxseq evtxseq
