# awsx in fish: commands that get fresh credentials each time they run. It stands before awsx.fish.

# Whether the session is good for another command.
function _awsx_fresh
    test -n "$AWSX_PROFILE"; or return 0
    _awsx_until
    test -n "$_awsx_left"; or return 0
    set -l margin 300
    string match -qr '^[0-9]+$' -- "$AWSX_REFRESH_MARGIN"; and set margin $AWSX_REFRESH_MARGIN
    test $_awsx_left -ge $margin
end

# Runs `aws ARG…` or another shimmed command, after a renewal if too little time is left.
function _awsx_shim
    if test $argv[1] = aws; and string match -qr -- '^--profile(=.*)?$' $argv
        command $_awsx_bin aws -- $argv[2..-1]
        return
    end
    if not contains -- $argv[1]/$argv[-1] aws/help aws/--version
        if test "$AWSX_VIA" = shims
            _awsx_lend $argv
            return
        end
        _awsx_fresh; or _awsx_renew; or return
    end
    if functions -q _awsx_own_$argv[1]
        _awsx_own_$argv[1] $argv[2..-1]
    else
        command $argv
    end
end

# Runs a command in a session that gives credentials to shims alone (`--via shims`). A function of your own runs in this
# shell: what it is lent ends with it.
function _awsx_lend
    if not functions -q _awsx_own_$argv[1]
        command $_awsx_bin exec --shim -- $argv
        return
    end
    set -l fish_trace
    # A session is renewed whose credentials are in the environment, so AWSX_VIA is empty meanwhile.
    set -lx AWSX_VIA ''
    set -l code (command $_awsx_bin refresh --lines </dev/null); or return
    set -lx AWS_ACCESS_KEY_ID
    set -lx AWS_SECRET_ACCESS_KEY
    set -lx AWS_SESSION_TOKEN
    set -lx AWSX_SESSION
    for line in $code
        set -l words (string split -m 2 ' ' -- $line)
        test "$words[1]" = set; or continue
        contains -- "$words[2]" AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWSX_SESSION; or continue
        # Without a scope it is the variable above. None of these values has a line end or a %.
        set $words[2] "$words[3]"
    end
    # What keeps credentials from everything else. A local variable would not hide it from other functions.
    set -g _awsx_aside $AWS_PROFILE
    set -eg AWS_PROFILE
    _awsx_own_$argv[1] $argv[2..-1]
    set -l ret $status
    _awsx_restore
    return $ret
end

# Puts back what was taken aside for a function. Ctrl-C can end that in between: the hook sees to it then.
function _awsx_restore
    set -q _awsx_aside[1]; and not set -qg AWS_PROFILE; and set -gx AWS_PROFILE $_awsx_aside
    set -g _awsx_aside
end

# Defines the shims; a function of your own of the same name is what they run.
function _awsx_shims
    set -g _awsx_shimmed "$AWSX_SHIMS"
    set -l names aws
    set -q AWSX_SHIMS; and set names (string split ' ' -- (string replace -ra '[\s,]+' ' ' -- "$AWSX_SHIMS"))
    set -l refused
    for name in $names
        string match -qr '^[A-Za-z0-9_.+][A-Za-z0-9_.+-]*$' -- $name; or continue
        if string match -qr '^_?awsx' -- $name; or begin
                test $name != aws; and contains -- $name time (builtin -n)
            end
            set -a refused $name
            continue
        end
        if functions -q $name
            string match -q '*_awsx_shim*' -- (functions $name); and continue
            functions -c $name _awsx_own_$name
        end
        eval "function $name; _awsx_shim $name \$argv; end"
    end
    set -q refused[1]
    and echo "awsx: AWSX_SHIMS: the shell itself needs $refused; nothing is renewed before that" >&2
    return 0
end
