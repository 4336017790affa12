# Completion of awsx for fish 3 and later: awsx completions fish | source

function __awsx_words
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l current (commandline --current-token --cut-at-cursor)
    # After the -- of exec, and after aws, stands a command line of its own.
    set -l at
    if test (count $words) -ge 2; and test "$words[2]" = aws; and test "$words[-1]" != --profile; and not string match -q -- '--profile=*' "$current"
        set at 2
    else if test (count $words) -ge 3; and set -l dashes (contains --index -- -- $words[3..-1])
        set at (math $dashes + 2)
    end
    if set -q at[1]
        set -l rest
        if test (count $words) -gt $at
            set rest (string escape -- $words[(math $at + 1)..-1])
        end
        test $at = 2; and set -p rest aws
        complete --do-complete (string join ' ' -- $rest $current)
        return
    end
    # A quote may still be open.
    set -l word $current
    for quote in '' '"' "'"
        set word (string unescape -- $current$quote); and break
    end
    command awsx completions fish --at (count $words) -- $words "$word" 2>/dev/null
end

complete --command awsx --no-files --arguments '(__awsx_words)'
