# SPDX-License-Identifier: GPL-3.0-or-later
# Completes the command line of evtxseq in fish.

# The rules' IDs with their names, from the command itself.
function __evtxseq_rules
    evtxseq --list-rules --format=csv 2>/dev/null | tail -n +2 |
        string replace -r '^([^,]*),("[^"]*"|[^,]*),.*' '$1\t$2'
end

complete -c evtxseq -s f -l format -x -a 'text brief csv jsonl timesketch html' -d 'how to print findings'
complete -c evtxseq -s o -l output -r -F -d 'write findings to a file'
complete -c evtxseq -l report -r -F -d 'write an account of the run to a file'
complete -c evtxseq -l any-index -d 'take rules for other sources than Sysmon, too'
complete -c evtxseq -s r -l rules -r -a '(__fish_append , all (__evtxseq_rules))' -d 'which rules to use'
complete -c evtxseq -l strict -d "report only what Elastic's engine alerts on"
complete -c evtxseq -l min-severity -x -a 'low medium high critical' -d 'report only this severity and above'
complete -c evtxseq -l maxspan -x -d 'another span for the built-in sequence'
complete -c evtxseq -l time -x -a 'utc logged' -d 'which clock orders events'
complete -c evtxseq -l since -x -d 'report only findings at this time or later'
complete -c evtxseq -l until -x -d 'report only findings before this time'
complete -c evtxseq -l files-from -r -F -d 'read more paths from a file'
complete -c evtxseq -s 0 -l null -d 'expect NUL after each path in it'
complete -c evtxseq -l no-recovered -d 'leave out records from slack space'
complete -c evtxseq -l carve -d 'read every chunk in any input'
complete -c evtxseq -l coverage -d 'count the events that the rules need'
complete -c evtxseq -l no-context -d 'do not look for context'
complete -c evtxseq -l no-filter -d 'decode every record'
complete -c evtxseq -l collect -d 'write what rules need of the logs to an events file'
complete -c evtxseq -l merge -d 'look for findings in events files'
complete -c evtxseq -l part -x -d 'collect from one of equal parts of the logs'
complete -c evtxseq -l expect -x -d 'how many events files there must be'
complete -c evtxseq -s j -l jobs -x -d 'use this many worker processes'
complete -c evtxseq -l csv-raw -d 'write CSV without a guard against formulas'
complete -c evtxseq -l color -x -a 'auto always never' -d 'colour text'
complete -c evtxseq -s q -l quiet -d 'print no progress and no summary'
complete -c evtxseq -s v -l verbose -d 'name each problem'
complete -c evtxseq -l list-rules -d 'list the rules'
complete -c evtxseq -l explain -x -a '(__evtxseq_rules)' -d 'describe a rule'
complete -c evtxseq -s h -l help -d 'print help'
complete -c evtxseq -s V -l version -d 'print the version'
