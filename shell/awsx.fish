# awsx in fish: prompt fragment, awsx-refresh, and the function behind `awsx use` and `awsx off`.
# For fish 3.0 and later: no `string collect`, no `path` without asking whether it is there.
#
# A value that may be a secret is never part of a command's text, which `fish --profile` writes down, and fish_trace is off
# in each function that has one.

set -g _awsx_bin @AWSX@
set -q _awsx_kept; or set -g _awsx_kept
set -q _awsx_turn; or set -g _awsx_turn 0
set -g _awsx_shimmed
set -g _awsx_aside
# Characters that act on a terminal or are not seen: control characters, C1, directions, line ends, no width; also as fish
# has them where the locale is no UTF-8, each byte in U+F600 and what follows.
set -g _awsx_unseen '[\x00-\x1f\x7f-\x9f\x{ad}\x{61c}\x{200b}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2060}-\x{2064}]|'\
'[\x{2066}-\x{2069}\x{feff}\x{e0000}-\x{e007f}]|\x{f6c2}[\x{f680}-\x{f69f}\x{f6ad}]|\x{f6d8}\x{f69c}|'\
'\x{f6e2}\x{f680}[\x{f68b}\x{f68e}\x{f68f}\x{f6a8}-\x{f6ae}]|\x{f6e2}\x{f681}[\x{f6a0}-\x{f6a4}\x{f6a6}-\x{f6a9}]|'\
'\x{f6ef}\x{f6bb}\x{f6bf}|\x{f6f3}\x{f6a0}[\x{f680}\x{f681}].'

# Seconds left of the session: _awsx_left; nothing where it has no end. Without a process: fish has no clock, but from 3.6
# on it knows how old a file is; before that Linux says how long it has been up. A command substitution is the slowest
# thing in fish, so what runs at each prompt has few of them.
if contains path (builtin -n); and path mtime -R / >/dev/null 2>&1
    function _awsx_time
        set -g _awsx_left (math $AWSX_EXPIRES - (path mtime /) - (path mtime -R /))
    end
else if test -r /proc/uptime
    read -l up </proc/uptime
    set -g _awsx_booted (math (command date +%s) - (string replace -r '\..*' '' -- $up))
    function _awsx_time
        read -l up </proc/uptime
        set -g _awsx_left (math $AWSX_EXPIRES - $_awsx_booted - (string replace -r '\..*' '' -- $up))
    end
else
    function _awsx_time
        set -g _awsx_left (math $AWSX_EXPIRES - (command date +%s))
    end
end
function _awsx_until
    set -g _awsx_left
    string match -qr '^[0-9]+$' -- "$AWSX_EXPIRES"; and _awsx_time
end

# Prints the fragment, if it is the turn of this caller: an older copy of the prompt function prints none.
function _awsx_draw -a turn
    test "$turn" = $_awsx_turn; and test -n "$AWSX_PROFILE"; or return 0
    set -l mode "$AWSX_PROMPT"
    test -n "$mode"; or set mode auto
    test $mode = off; and return 0
    test $mode = auto; and _awsx_shown; and return 0
    set -l region $AWS_REGION $AWS_DEFAULT_REGION ''
    set -l account "$AWSX_ACCOUNT"
    set -l profile "$AWSX_PROFILE"
    set -l left
    set -l profile_color "$AWSX_PROFILE_COLOR"
    set -l left_color
    _awsx_until
    if test -n "$_awsx_left"
        if test $_awsx_left -le 0
            set left expired
        else if test $_awsx_left -lt 120
            set left {$_awsx_left}s
        else if test $_awsx_left -lt 3600
            set left (math -s0 $_awsx_left / 60)m
        else
            set -l minutes (math -s0 $_awsx_left % 3600 / 60)
            test $minutes -lt 10; and set minutes 0$minutes
            set left (math -s0 $_awsx_left / 3600)h{$minutes}m
        end
        if test $_awsx_left -lt 300
            set left_color 31
        else if test $_awsx_left -lt 900
            set left_color 33
        end
    end
    # Texts and the names of fields by turns.
    set -l parts '(' profile ' ' left ') '
    test -n "$left"; or set parts '(' profile ') '
    if not contains -- $mode auto on
        set mode (string replace -ra $_awsx_unseen '?' -- $mode)
        set parts (string replace -ra '\{(profile|left|account|region)\}' '\n$1\n' -- $mode)
    end
    if string match -qr $_awsx_unseen -- "$profile$account$region[1]"
        # Each is one line then.
        set -l safe (string replace -ra $_awsx_unseen '?' -- "$profile" "$account" "$region[1]")
        set profile $safe[1]
        set account $safe[2]
        set region $safe[3]
    end
    if test -n "$NO_COLOR" -o "$TERM" = dumb; or string match -qir '^(0|false|no|off)$' -- "$AWSX_COLOR"
        set profile_color
        set left_color
    end
    while set -q parts[1]
        printf %s "$parts[1]"
        set -l text
        set -l color
        switch "$parts[2]"
            case profile
                set text "$profile"
                set color $profile_color
            case left
                set text $left
                set color $left_color
            case account
                set text "$account"
            case region
                set text "$region[1]"
        end
        if test -n "$text"; and string match -qr '^[0-9;]+$' -- "$color"
            printf '\e[%sm%s\e[0m' $color "$text"
        else
            printf %s "$text"
        end
        set -e parts[1..2]
    end
end

# Whether starship shows this very session: it is what draws the prompt, it takes the profile's name from these variables
# in this order, and its settings let it. Where that can't be told, the answer is no.
function _awsx_shown
    test "$STARSHIP_SHELL" = fish -a -n "$AWS_ACCESS_KEY_ID"; or return 1
    set -l name
    for variable in AWSU_PROFILE AWS_VAULT AWSUME_PROFILE AWS_PROFILE AWS_SSO_PROFILE
        set -qx $variable; and set -a name $$variable
    end
    test "$name[1]" = "$AWSX_PROFILE"; and string match -q '*starship*prompt*' -- (functions fish_prompt); or return 1
    set -l config $STARSHIP_CONFIG $HOME/.config/starship.toml
    test -f $config[1] -a -r $config[1]; or return 0
    set -l table
    set -l format
    set -l module
    while read -l line
        set line (string trim -- $line)
        switch "$table:$line"
            case '*:[*]'
                string match -qr '^\[[a-z]' -- $line; and set table $line
            case ':aws*' '[aws]:disabled*true*'
                return 1
            case '[aws]:format*'
                string match -q '*$profile*' -- $line; or return 1
            case ':format*'
                set format 1
        end
        test -z "$table"; and string match -qr '\$(aws|all)' -- $line; and set module 1
    end <$config[1]
    test -z "$format" -o -n "$module"
end

# The fragment is drawn by the mode prompt, which fish puts in front of the prompt: so fish_prompt is nobody's but yours,
# whatever replaces it, and fish itself keeps $status and $pipestatus for it. A mode prompt of your own comes behind the
# fragment; one that is defined later is found before the next prompt.
function _awsx_wrap --on-event fish_prompt
    set -q _awsx_aside[1]; and _awsx_restore
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

# Runs awsx and does what it prints, if that is for this shell.
function _awsx_eval
    set -l fish_trace
    # Whatever asks does so on the terminal: a pipeline's input is not for awsx.
    set -l code (command $_awsx_bin $argv </dev/null)
    set -l ret $status
    if string match -q '# awsx*' -- "$code[1]"
        _awsx_take $code; or set ret $status
    else if set -q code[1]
        printf '%s\n' $code
    end
    return $ret
end

# Does what lines say: `keep NAME…`, `unset NAME…`, `set NAME VALUE`, `off`, `key ID`.
function _awsx_take
    set -l fish_trace
    set -l ret 0
    # Four of each line: all of it, its first two words, and the rest.
    set -l lines (string match -r '^(\S*) ?(\S*) ?(.*)$' -- $argv)
    while set -q lines[4]
        switch "$lines[2]"
            case keep
                _awsx_keep (string match -ra '\S+' -- $lines[3..4])
            case unset
                _awsx_hide (string match -ra '\S+' -- $lines[3..4])
            case set
                set -l value "$lines[4]"
                if string match -q '*%*' -- "$value"
                    # Without separators a value stays one, line ends and all.
                    set -l IFS
                    set value (string replace -a %0A \n -- "$value" | string replace -a %25 %)
                end
                set -gx $lines[3] "$value"
            case off
                _awsx_off; or set ret $status
            case key
                test "$AWS_ACCESS_KEY_ID" = "$lines[3]"; or set ret 1
        end
        set -e lines[1..4]
    end
    return $ret
end

function _awsx_renew
    if test -z "$AWSX_PROFILE"
        echo 'awsx: there is no session here to renew; awsx use PROFILE starts one' >&2
        return 1
    end
    _awsx_eval refresh --lines $argv
end

# Takes variables out of this session. A universal one stays, as it is that of every session, but not in sight. Where it
# is exported, fish gives it to every command unless there is an exported global one: that names this session's profile, as
# an empty name of a profile is an error to the AWS CLI; of other variables it is empty.
function _awsx_hide
    set -q argv[1]; or return 0
    set -eg $argv
    # The status is how many of them there are not.
    set -qU $argv; test $status -eq (count $argv); and return 0
    for name in $argv
        set -qU $name; or continue
        if not set -qUx $name
            set -gu $name
        else if contains -- $name AWS_PROFILE AWS_DEFAULT_PROFILE
            set -gx $name $AWSX_PROFILE
            echo "awsx: fish gives its universal variable $name to every command; here it is $AWSX_PROFILE." \
                "To be rid of it: set -eU $name" >&2
        else
            set -gx $name ''
        end
    end
    return 0
end

# Remembers variables as they are: unset, set, exported.
function _awsx_keep
    set -l fish_trace
    _awsx_back
    for name in $argv (set -n | string match 'AWS_CONTAINER_*')
        contains -- $name $_awsx_kept; and continue
        set -g -a _awsx_kept $name
        set -qg $name; or continue
        set -g _awsx_was_$name $$name
        set -qgx $name; and set -g _awsx_exported_$name
    end
    _awsx_hide (set -n | string match 'AWS_CONTAINER_*')
end

# Makes them again what they were.
function _awsx_back
    set -l fish_trace
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

# `awsx use ARG…`. It also says which profile `use -` means: the last one, or the one before if the last is still in use.
# Each has the options of its session with it.
function _awsx_use
    set -l from "$AWSX_PROFILE" "$AWSX_SESSION_ARGS"
    set -l to $_awsx_before
    set -q _awsx_recent[1]; and test "$_awsx_recent[1]" != "$from[1]"; and set to $_awsx_recent
    set -l more
    test -n "$to[1]"; and set more "--before=$to[1]"
    test -n "$to[2]"; and set -a more "--before-options=$to[2]"
    _awsx_eval $argv --shell fish $more; or return
    test -n "$AWSX_PROFILE"; or return 0
    if test -z "$from[1]"; or test "$from[1]" = "$AWSX_PROFILE"
        set from $_awsx_recent
    end
    test -n "$from[1]"; and test "$from[1]" != "$AWSX_PROFILE"; and set -g _awsx_before $from
    set -g _awsx_recent "$AWSX_PROFILE" "$AWSX_SESSION_ARGS"
    return 0
end

# `awsx shell` calls this after your start-up files: the session goes before what they have set.
function _awsx_begin
    set -l fish_trace
    set -l start (string split \n -- $AWSX_START)
    set -e AWSX_START
    if not _awsx_take $start
        # Keys that the start-up files have put in place of the session's: those are fetched again.
        set -gx AWSX_EXPIRES 0
        _awsx_renew
    end
    return 0
end

# What `awsx doctor` is told of this shell: what `aws` is. The hook of the prompt can't be taken away.
function _awsx_see
    set -l aws none
    if functions -q aws
        set aws function
        string match -q '*_awsx_shim*' -- (functions aws); and set aws ours
    else if command -sq aws
        set aws file
    end
    echo fish:$aws:there
end

function awsx
    set -l before
    for arg in $argv
        switch "$before/$arg"
            case '--backend/*' '--color/*' '*/-*'
                set before $arg
            case '*/use'
                _awsx_use $argv
                return
            case '*/off'
                _awsx_eval $argv --shell fish
                return
            case '*/unset' '*/unsets'
                # Shown to a person, who is asked; elsewhere it is code for a source.
                isatty stdout; or break
                _awsx_eval $argv --shell fish
                return
            case '*/doctor'
                command $_awsx_bin $argv --seen (_awsx_see)
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
