# awsx in fish: prompt fragment, shims, awsx-refresh, and the function behind `awsx use` and `awsx off`.
# For fish 3.0 and later: no `string collect`, no `path` without asking whether it is there.

set -g _awsx_bin @AWSX@
set -q _awsx_kept; or set -g _awsx_kept
set -q _awsx_turn; or set -g _awsx_turn 0
set -g _awsx_shimmed

# Now, in epoch seconds, without a process: fish has no clock, but from 3.6 on it knows how old a file is; before that
# Linux says how long it has been up.
if contains path (builtin -n); and path mtime -R / >/dev/null 2>&1
    function _awsx_clock
        math (path mtime /) + (path mtime -R /)
    end
else if test -r /proc/uptime
    read -l up </proc/uptime
    set -g _awsx_booted (math (command date +%s) - (string replace -r '\..*' '' -- $up))
    function _awsx_clock
        read -l up </proc/uptime
        math $_awsx_booted + (string replace -r '\..*' '' -- $up)
    end
else
    function _awsx_clock
        command date +%s
    end
end

# Seconds left of the session; nothing where it has no end.
function _awsx_left
    string match -qr '^[0-9]+$' -- "$AWSX_EXPIRES"; and math $AWSX_EXPIRES - (_awsx_clock)
end

# Prints a piece of text, in a colour if there is one.
function _awsx_put -a colored text color
    set text (string replace -ra '[\x00-\x1f\x7f-\x9f]' '?' -- $text)
    if test $colored = 1; and string match -qr '^[0-9;]+$' -- $color
        printf '\e[%sm%s\e[0m' $color "$text"
    else
        printf %s "$text"
    end
end

# Prints the fragment, if it is the turn of this caller: an older copy of the prompt function prints none.
function _awsx_draw -a turn
    test "$turn" = $_awsx_turn; and test -n "$AWSX_PROFILE"; or return 0
    set -l rest "$AWSX_PROMPT"
    test -n "$rest"; or set rest auto
    set -l seconds (_awsx_left)
    set -l left
    set -l urgency
    if test -n "$seconds"
        if test $seconds -le 0
            set left expired
        else if test $seconds -lt 120
            set left {$seconds}s
        else if test $seconds -lt 3600
            set left (math -s0 $seconds / 60)m
        else
            set left (printf '%dh%02dm' (math -s0 $seconds / 3600) (math -s0 $seconds % 3600 / 60))
        end
        if test $seconds -lt 300
            set urgency 31
        else if test $seconds -lt 900
            set urgency 33
        end
    end
    switch $rest
        case off
            return 0
        case auto on
            # starship's prompt shows AWS_VAULT itself.
            test $rest = auto -a "$STARSHIP_SHELL" = fish -a -n "$AWS_VAULT"; and return 0
            set rest '({profile} {left}) '
            test -n "$left"; or set rest '({profile}) '
    end
    set -l colored 1
    if test -n "$NO_COLOR"; or contains -- (string lower -- "$AWSX_COLOR") 0 false no off
        set colored 0
    end
    set rest (string replace -ra '[\x00-\x1f\x7f-\x9f]' '?' -- $rest)
    while set -l parts (string match -r '^(.*?)\{(profile|left|account|region)\}(.*)$' -- $rest)
        _awsx_put $colored $parts[2]
        switch $parts[3]
            case profile
                _awsx_put $colored "$AWSX_PROFILE" "$AWSX_PROFILE_COLOR"
            case left
                _awsx_put $colored "$left" "$urgency"
            case account
                _awsx_put $colored "$AWSX_ACCOUNT"
            case region
                set -l region $AWS_REGION $AWS_DEFAULT_REGION ''
                _awsx_put $colored $region[1]
        end
        set rest $parts[4]
    end
    _awsx_put $colored "$rest"
end

# The fragment is drawn by the mode prompt, which fish puts in front of the prompt: so fish_prompt is nobody's but yours,
# whatever replaces it, and fish itself keeps $status and $pipestatus for it. A mode prompt of your own comes behind the
# fragment; one that is defined later is found before the next prompt.
function _awsx_wrap --on-event fish_prompt
    test "$AWSX_SHIMS" = "$_awsx_shimmed"; or _awsx_shims
    test -n "$AWSX_PROFILE"; or return 0
    if functions -q fish_mode_prompt
        string match -qr "^\s*_awsx_draw $_awsx_turn\s*\$" -- (functions fish_mode_prompt); and return 0
    end
    set -g _awsx_turn (math $_awsx_turn + 1)
    if functions -q fish_mode_prompt
        functions -c fish_mode_prompt _awsx_mode_prompt_$_awsx_turn
    else
        eval "function _awsx_mode_prompt_$_awsx_turn; end"
    end
    functions -e fish_mode_prompt
    eval "function fish_mode_prompt
        _awsx_draw $_awsx_turn
        _awsx_mode_prompt_$_awsx_turn
    end"
end

# Whether the session is good for another command.
function _awsx_fresh
    test -n "$AWSX_PROFILE"; or return 0
    set -l seconds (_awsx_left)
    test -n "$seconds"; or return 0
    set -l margin 300
    string match -qr '^[0-9]+$' -- "$AWSX_REFRESH_MARGIN"; and set margin $AWSX_REFRESH_MARGIN
    test $seconds -ge $margin
end

# Runs `aws ARG…` or another shimmed command, after a renewal if too little time is left.
function _awsx_shim
    if test $argv[1] = aws; and string match -qr -- '^--profile(=.*)?$' $argv
        command $_awsx_bin aws -- $argv[2..-1]
        return
    end
    contains -- $argv[1]/$argv[-1] aws/help aws/--version; or _awsx_fresh; or _awsx_renew; or return
    if functions -q _awsx_own_$argv[1]
        _awsx_own_$argv[1] $argv[2..-1]
    else
        command $argv
    end
end

# Defines the shims; a function of your own of the same name is what they run.
function _awsx_shims
    set -g _awsx_shimmed "$AWSX_SHIMS"
    set -l names aws
    set -q AWSX_SHIMS; and set names (string split ' ' -- (string replace -ra '[\s,]+' ' ' -- "$AWSX_SHIMS"))
    for name in (string match -r '^[A-Za-z0-9_.+][A-Za-z0-9_.+-]*$' -- $names)
        if functions -q $name
            string match -q '*_awsx_shim*' -- (functions $name); and continue
            functions -c $name _awsx_own_$name
        end
        eval "function $name; _awsx_shim $name \$argv; end"
    end
end

# Runs awsx and does what it prints, if that is code; nothing of it shows under fish_trace.
function _awsx_eval
    set -l fish_trace
    # Whatever asks does so on the terminal: a pipeline's input is not for awsx.
    set -l code (command $_awsx_bin $argv </dev/null)
    set -l ret $status
    if string match -q '# awsx*' -- "$code[1]"
        printf '%s\n' $code | source; or set ret $status
    else if set -q code[1]
        printf '%s\n' $code
    end
    return $ret
end

function _awsx_renew
    if test -z "$AWSX_PROFILE"
        echo 'awsx: there is no session here to renew; awsx use PROFILE starts one' >&2
        return 1
    end
    _awsx_eval refresh --shell fish $argv
end

# Takes a variable out of this session. One that is universal stays so, behind an empty global one that isn't exported.
function _awsx_hide
    set -eg $argv[1]
    set -qU $argv[1]; and set -gu $argv[1]
    return 0
end

# Remembers variables as they are: unset, set, exported.
function _awsx_keep
    _awsx_back
    for name in $argv (set -n | string match 'AWS_CONTAINER_*')
        contains -- $name $_awsx_kept; and continue
        set -g -a _awsx_kept $name
        set -qg $name; or continue
        set -g _awsx_was_$name $$name
        set -qgx $name; and set -g _awsx_exported_$name
    end
    for name in (set -n | string match 'AWS_CONTAINER_*')
        _awsx_hide $name
    end
end

# Makes them again what they were.
function _awsx_back
    for name in $_awsx_kept
        set -eg $name
        set -l was _awsx_was_$name
        set -qg $was; or continue
        if set -qg _awsx_exported_$name
            set -gx $name $$was
        else
            set -gu $name $$was
        end
        set -eg $was
        set -eg _awsx_exported_$name
    end
    set -g _awsx_kept
end

function _awsx_off
    if not set -q _awsx_kept[1]
        set -l more
        test -n "$AWSX_PROFILE"; and set more '; exit leaves this session'
        echo "awsx: no profile is in use in this shell$more" >&2
        return 1
    end
    _awsx_back
end

# `awsx shell` calls this after your start-up files: the session goes before what they have set.
function _awsx_begin
    set -l fish_trace
    printf '%s\n' $AWSX_START | source
    set -e AWSX_START
    return 0
end

function awsx
    set -l before
    for arg in $argv
        switch "$before/$arg"
            case '--backend/*' '--color/*' '*/-*'
                set before $arg
            case '*/use' '*/off'
                _awsx_eval $argv --shell fish
                return
            case '*'
                break
        end
    end
    command $_awsx_bin $argv
end

function awsx-refresh
    _awsx_renew $argv
end

status is-interactive; and _awsx_shims
