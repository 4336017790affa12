# shellcheck shell=bash
# awsx in bash: prompt fragment, awsx-refresh, and the function behind `awsx use` and `awsx off`.
# For bash 3.2 and later: no associative arrays, no `local -`, no ${x@Q}, no EPOCHSECONDS. `set -aeuxT` may be on.
#
# A value that may be a secret is never part of a command's text, and never an argument: a DEBUG trap can print both
# (BASH_COMMAND and $_). So values are assigned, with `eval "$name=\$value"`.

_awsx_bin=@AWSX@
_awsx_kept=${_awsx_kept-}
# The last profile that `awsx use` has given this shell, and the one before it, each with the options of its session.
_awsx_recent=${_awsx_recent-} _awsx_recent_options=${_awsx_recent_options-}
_awsx_before=${_awsx_before-} _awsx_before_options=${_awsx_before_options-}
_awsx_shimmed=
_awsx_options=
_awsx_aside=
# What stands in PS1 for the fragment. A reference, so that it is the same at any time, in whatever older prompt a tool
# brings back, and nothing at all in a shell that doesn't know it.
# shellcheck disable=SC2016
_awsx_mark='${_awsx_ps1-}'
# The same where `shopt -u promptvars` is on: the fragment itself between two things that show nothing.
_awsx_open='\[\]\[\]\[\]'
_awsx_close='\[\]\[\]\[\]\[\]'
# How the hook stands in PROMPT_COMMAND: a status that is passed on in front of && is no failure for `set -e` and ERR traps.
_awsx_line='_awsx_hook && :'

# Now, in epoch seconds: _awsx_now.
if ((BASH_VERSINFO[0] > 4 || (BASH_VERSINFO[0] == 4 && BASH_VERSINFO[1] >= 2))); then
  _awsx_clock() { builtin printf -v _awsx_now '%(%s)T' -1; }
else
  # Older bash has a clock in its prompts alone, and PS4 is the one that can be had at any time.
  _awsx_clock() {
    # shellcheck disable=SC2034 # read by set -x
    local PS4='$((_awsx_now=\D{%s}))' options=$- promptvars=1
    shopt -q promptvars || promptvars=
    shopt -s promptvars
    { set -x; :; set +x; } 2>/dev/null
    [[ $promptvars ]] || shopt -u promptvars
    case $options in *x*) set -x ;; esac
  }
fi

# Seconds left of the session: _awsx_left; empty where it has no end.
_awsx_time() {
  _awsx_left=
  case ${AWSX_EXPIRES-} in
    '' | *[!0-9]*) return 0 ;;
  esac
  _awsx_clock
  _awsx_left=$((10#$AWSX_EXPIRES - _awsx_now))
}

# Makes the list of characters that act on a terminal, or are not seen, and are no control characters in every locale: in
# UTF-8, C1, directions, line ends and what has no width. A shell that shows none of the kind has no need of it.
_awsx_blind() {
  local i one code
  _awsx_unseen=($'\xc2\xad' $'\xd8\x9c' $'\xef\xbb\xbf')
  for ((i = 128; i < 160; i++)); do
    builtin printf -v code '\\302\\%o' "$i"
    _awsx_unseen+=("$code")
  done
  for i in 139 142 143 168 169 170 171 172 173 174; do
    builtin printf -v code '\\342\\200\\%o' "$i"
    _awsx_unseen+=("$code")
  done
  for i in 160 161 162 163 164 166 167 168 169; do
    builtin printf -v code '\\342\\201\\%o' "$i"
    _awsx_unseen+=("$code")
  done
  for ((i = 128; i < 192; i++)); do
    builtin printf -v code '\\363\\240\\200\\%o' "$i"
    _awsx_unseen+=("$code" "${code/\\200/\\201}")
  done
  for i in "${!_awsx_unseen[@]}"; do
    # shellcheck disable=SC2059 # it is the format
    builtin printf -v one "${_awsx_unseen[i]}"
    _awsx_unseen[i]=$one
  done
}

# Adds a piece of text, in a colour if there is one, to _awsx_ps1.
_awsx_put() {
  local text=${1//[[:cntrl:]]/?} color=${2-} unseen
  [[ $text ]] || return 0
  case $text in
    *[![:alnum:]\ ._/:@+=\(\)-]*)
      [[ ${_awsx_unseen-} ]] || _awsx_blind
      for unseen in "${_awsx_unseen[@]}"; do text=${text//"$unseen"/?}; done
      ;;
  esac
  # A shell that gets this PS1 by export may have promptvars on: what it would expand is not in there.
  [[ ! $_awsx_literal ]] || { text=${text//\\/\\\\} && text=${text//[\$\`]/?}; }
  case $color in *[!0-9\;]*) color= ;; esac
  if [[ $color && $_awsx_colored ]]; then
    text=$_awsx_on$'\e['${color}m$_awsx_off$text$_awsx_on$'\e[0m'$_awsx_off
  fi
  _awsx_ps1=$_awsx_ps1$text
}

# Makes the fragment: _awsx_ps1; empty if there is none. _awsx_literal says that it has to stand in PS1 itself.
_awsx_draw() {
  local rest before field left='' urgency=''
  local _awsx_colored=1 _awsx_on=$'\001' _awsx_off=$'\002' _awsx_left=''
  _awsx_ps1='' _awsx_literal=''
  [[ ${AWSX_PROFILE-} ]] || return 0
  if ! shopt -q promptvars && [[ ! -o posix ]]; then
    _awsx_literal=1 _awsx_on='\[' _awsx_off='\]'
  fi
  case ${AWSX_COLOR-} in 0 | [Ff][Aa][Ll][Ss][Ee] | [Nn][Oo] | [Oo][Ff][Ff]) _awsx_colored= ;; esac
  [[ ! ${NO_COLOR-} && ${TERM-} != dumb ]] || _awsx_colored=
  _awsx_time
  if [[ $_awsx_left ]]; then
    if ((_awsx_left <= 0)); then
      left=expired
    elif ((_awsx_left < 120)); then
      left=${_awsx_left}s
    elif ((_awsx_left < 3600)); then
      left=$((_awsx_left / 60))m
    else
      builtin printf -v left '%dh%02dm' $((_awsx_left / 3600)) $((_awsx_left % 3600 / 60))
    fi
    if ((_awsx_left < 300)); then urgency=31; elif ((_awsx_left < 900)); then urgency=33; fi
  fi
  case ${AWSX_PROMPT:-auto} in
    off) return 0 ;;
    auto | on)
      [[ ${AWSX_PROMPT:-auto} != auto ]] || ! _awsx_shown || return 0
      rest='({profile} {left}) '
      [[ $left ]] || rest='({profile}) '
      ;;
    *) rest=$AWSX_PROMPT ;;
  esac
  while [[ $rest == *'{'*'}'* ]]; do
    before=${rest%%'{'*}
    rest=${rest#*'{'}
    field=${rest%%'}'*}
    case $field in
      profile | left | account | region) rest=${rest#*'}'} ;;
      *) before=$before'{' field= ;;
    esac
    _awsx_put "$before"
    case $field in
      profile) _awsx_put "$AWSX_PROFILE" "${AWSX_PROFILE_COLOR-}" ;;
      left) _awsx_put "$left" "$urgency" ;;
      account) _awsx_put "${AWSX_ACCOUNT-}" ;;
      region) _awsx_put "${AWS_REGION:-${AWS_DEFAULT_REGION-}}" ;;
    esac
  done
  _awsx_put "$rest"
}

# Whether starship shows this very session: it has made PS1, it takes the profile's name from these variables in this
# order, and its settings let it. Where that can't be told, the answer is no.
_awsx_shown() {
  local name=${AWSU_PROFILE:-${AWS_VAULT:-${AWSUME_PROFILE:-${AWS_PROFILE:-${AWS_SSO_PROFILE-}}}}}
  [[ ${STARSHIP_SHELL-} == bash && $name == "$AWSX_PROFILE" && ${AWS_ACCESS_KEY_ID-} && ${PS1-} == *"$name"* ]] &&
    declare -F starship_precmd >/dev/null && _awsx_starship
}

# Whether starship's settings have the AWS module in the prompt and the profile in that, as they do by default.
# shellcheck disable=SC2016 # they are starship's variables
_awsx_starship() {
  local line table='' format='' module='' config=${STARSHIP_CONFIG:-${HOME-}/.config/starship.toml}
  [[ -f $config && -r $config ]] || return 0
  while IFS=$' \t' read -r line || [[ $line ]]; do
    case $table:$line in
      *:'['[a-z]*']') table=$line ;;
      :aws* | '[aws]':disabled*true*) return 1 ;;
      '[aws]':format*) [[ $line == *'$profile'* ]] || return 1 ;;
      :format*) format=1 ;;
    esac
    case $table:$line in :*'$aws'* | :*'$all'*) module=1 ;; esac
  done <"$config"
  [[ ! $format || $module ]]
}

# Puts the fragment in front of PS1. One that is in there already stays in its place, shown or not: others may have put
# theirs around it, and would do so again if PS1 were another than they left.
_awsx_prompt() {
  local rest=${PS1-} out='' want=$_awsx_mark shown
  _awsx_draw
  shown=$_awsx_ps1
  [[ ! $_awsx_literal ]] || want=$_awsx_open$shown$_awsx_close _awsx_ps1=
  while [[ $rest == *"$_awsx_open"*"$_awsx_close"* ]]; do
    out=$out${rest%%"$_awsx_open"*}$_awsx_mark
    rest=${rest#*"$_awsx_open"}
    rest=${rest#*"$_awsx_close"}
  done
  rest=$out$rest
  if [[ $rest == *"$_awsx_mark"* ]]; then
    out=${rest%%"$_awsx_mark"*}$want
    rest=${rest#*"$_awsx_mark"}
    rest=$out${rest//"$_awsx_mark"/}
  elif [[ $shown ]]; then
    rest=$want$rest
  fi
  # A PS1 that can't be changed has no fragment; an assignment would say so at each prompt.
  [[ $rest == "${PS1-}" ]] || builtin printf -v PS1 %s "$rest" 2>/dev/null || :
}

# Runs before each prompt. Bash itself restores $? and PIPESTATUS after PROMPT_COMMAND; the status that is returned is for
# what others have put behind in the same string.
_awsx_hook() {
  local status=$?
  [[ ! $_awsx_options ]] || _awsx_loud
  [[ ! $_awsx_aside ]] || _awsx_restore
  _awsx_prompt
  [[ ${AWSX_SHIMS-aws} == "$_awsx_shimmed" ]] || _awsx_shims
  _awsx_hook_last
  # bash-preexec calls this as a command by itself, whose failure would be one for `set -e` and ERR traps.
  case ${FUNCNAME[1]-} in __bp_*) return 0 ;; esac
  return "$status"
}

# Makes the hook the last of PROMPT_COMMAND, a string or (bash 5.1) an array, as whatever sets PS1 must run before it. But
# not the very last where a shell integration tells the commands that a person types by coming after its own last one.
_awsx_hook_last() {
  local i last=0 line all nl=$'\n' IFS=$'\n'
  _awsx_preexec
  if ((BASH_VERSINFO[0] > 5 || (BASH_VERSINFO[0] == 5 && BASH_VERSINFO[1] >= 1))); then
    for i in "${!PROMPT_COMMAND[@]}"; do last=$i; done
    all=$nl${PROMPT_COMMAND[*]-}
  else
    all=$nl${PROMPT_COMMAND-}
  fi
  case $all in
    *__bp_install*) [[ $all == *"$_awsx_line"* ]] || return 0 ;;
    *"$nl$_awsx_line" | *"$nl$_awsx_line${nl}__bp_interactive_mode") return 0 ;;
    *"$nl$_awsx_line${nl}__vsc_prompt_cmd"*) [[ ${all##*"$nl"} != __vsc_prompt_cmd* ]] || return 0 ;;
  esac
  for i in "${!PROMPT_COMMAND[@]}"; do
    line=$nl${PROMPT_COMMAND[i]-}
    [[ $line == *"$_awsx_line"* ]] || continue
    # With what separates it; where that can't be told, something has to stand in its place.
    line=${line//"; $_awsx_line;"/;}
    line=${line//"$nl$_awsx_line; "/"$nl"}
    line=${line//"$_awsx_line"/:}
    line=${line//"$nl:$nl"/"$nl"}
    line=${line%"$nl:"}
    line=${line#"$nl"}
    # shellcheck disable=SC2178 # a string stays one; of an array this is element 0
    if ((i > 0)); then PROMPT_COMMAND[i]=$line; else PROMPT_COMMAND=$line; fi
  done
  [[ $all != *__bp_install* ]] || return 0
  line=${PROMPT_COMMAND[last]-}
  case ${line##*"$nl"} in
    __bp_interactive_mode | __vsc_prompt_cmd*)
      all=${line##*"$nl"}
      line=${line%"$all"}$_awsx_line$nl$all
      ;;
    *)
      if ((last > 0)); then
        PROMPT_COMMAND[last + 1]=$_awsx_line
        return 0
      fi
      line=${line:+$line$nl}$_awsx_line
      ;;
  esac
  # shellcheck disable=SC2178
  if ((last > 0)); then PROMPT_COMMAND[last]=$line; else PROMPT_COMMAND=$line; fi
}

# Makes the hook the last of bash-preexec's functions too, where there is bash-preexec: until that has set itself up, at
# the first prompt, a command of ours in PROMPT_COMMAND would be taken for one that was typed.
_awsx_preexec() {
  local name last='' others=()
  declare -F __bp_precmd_invoke_cmd >/dev/null || return 0
  for name in ${precmd_functions[@]+"${precmd_functions[@]}"}; do
    last=$name
    [[ $name == _awsx_hook ]] || others+=("$name")
  done
  [[ $last == _awsx_hook ]] || precmd_functions=(${others[@]+"${others[@]}"} _awsx_hook)
}

# Turns off what would show, pass on or change the values (`{ _awsx_quiet; } 2>/dev/null`): traces, the export of all that
# is assigned, and globbing; and on again what was on. Ctrl-C can end a function in between: the hook sees to it then.
_awsx_quiet() { _awsx_options=$-; set +axv -f; }
_awsx_loud() {
  local options=$_awsx_options
  _awsx_options=
  case $options in *f*) ;; *) set +f ;; esac
  case $options in *a*) set -a ;; esac
  case $options in *v*) set -v ;; esac
  case $options in *x*) set -x ;; esac
}

# Runs awsx and does what it prints, if that is for this shell.
_awsx_eval() {
  { _awsx_quiet; } 2>/dev/null
  local code status=0
  # Whatever asks does so on the terminal: a pipeline's input is not for awsx.
  code=$(\command "$_awsx_bin" "$@" </dev/null) || status=$?
  case $code in
    '# awsx'*) _awsx_take || status=$? ;;
    ?*) builtin printf '%s\n' "$code" ;;
  esac
  code=
  _awsx_loud
  return "$status"
}

# Does what the lines of `code` say: `keep NAME…`, `unset NAME…`, `set NAME VALUE`, `off`, `key ID`. Globbing is off.
_awsx_take() {
  local line name value status=0 IFS=$'\n'
  for line in $code; do
    IFS=' '
    value=${line#* }
    # shellcheck disable=SC2086 # names
    case $line in
      'keep '*) _awsx_keep $value ;;
      'unset '*) unset -v $value ;;
      'set '*)
        name=${value%% *} value=${value#* }
        case $name in '' | [0-9]* | *[!A-Za-z0-9_]*) continue ;; esac
        value=${value//'%0A'/$'\n'}
        value=${value//'%25'/'%'}
        eval "$name=\$value"
        export "${name?}"
        ;;
      off) _awsx_off || status=$? ;;
      'key '*) [[ ${AWS_ACCESS_KEY_ID-} == "$value" ]] || status=1 ;;
    esac
  done
  return "$status"
}

_awsx_renew() {
  if [[ ! ${AWSX_PROFILE-} ]]; then
    echo 'awsx: there is no session here to renew; awsx use PROFILE starts one' >&2
    return 1
  fi
  _awsx_eval refresh --lines ${1+"$@"}
}

# Remembers variables as they are: unset, set, exported.
_awsx_keep() {
  local name how
  _awsx_back
  for name in "$@" "${!AWS_CONTAINER_@}"; do
    case " $_awsx_kept " in *" $name "*) continue ;; esac
    how=$(\declare -p "$name" 2>/dev/null) || how=
    how=${how#declare -}
    case ${how%% *} in *x*) how=exported ;; *) how= ;; esac
    [[ ! ${!name+set} ]] || how=$how-set
    builtin printf -v "_awsx_how_$name" %s "$how"
    eval "_awsx_was_$name=\${$name-}"
    _awsx_kept="$_awsx_kept $name"
  done
  for name in "${!AWS_CONTAINER_@}"; do unset "$name"; done
}

# Makes them again what they were.
_awsx_back() {
  local name how was IFS=' '
  for name in $_awsx_kept; do
    how=_awsx_how_$name was=_awsx_was_$name
    unset "$name"
    case ${!how} in *set) eval "$name=\$$was" ;; esac
    case ${!how} in exported*) export "${name?}" ;; esac
    unset "$how" "$was"
  done
  _awsx_kept=
}

_awsx_off() {
  if [[ ! $_awsx_kept ]]; then
    echo "awsx: no profile is in use in this shell${AWSX_PROFILE:+; exit leaves this session}" >&2
    return 1
  fi
  _awsx_back
}

# `awsx use ARG…`. It also says which profile `use -` means: the last one, or the one before if the last is still in use.
_awsx_use() {
  local from=${AWSX_PROFILE-} from_options=${AWSX_SESSION_ARGS-} to=$_awsx_before to_options=$_awsx_before_options
  if [[ $_awsx_recent && $_awsx_recent != "$from" ]]; then
    to=$_awsx_recent to_options=$_awsx_recent_options
  fi
  _awsx_eval "$@" --shell bash ${to:+"--before=$to"} ${to_options:+"--before-options=$to_options"} || return
  [[ ${AWSX_PROFILE-} ]] || return 0
  if [[ ! $from || $from == "$AWSX_PROFILE" ]]; then
    from=$_awsx_recent from_options=$_awsx_recent_options
  fi
  if [[ $from && $from != "$AWSX_PROFILE" ]]; then
    _awsx_before=$from _awsx_before_options=$from_options
  fi
  _awsx_recent=$AWSX_PROFILE _awsx_recent_options=${AWSX_SESSION_ARGS-}
}

# `awsx shell` calls this after your start-up files: the session goes before what they have set.
_awsx_begin() {
  { _awsx_quiet; } 2>/dev/null
  local code=${_awsx_start-} status=0
  unset _awsx_start
  _awsx_take || status=$?
  _awsx_loud
  # Keys that the start-up files have put in place of the session's: those are fetched again.
  ((status == 0)) || { export AWSX_EXPIRES=0 && _awsx_renew; }
}

# What `awsx doctor` is told of this shell, in _awsx_seen: what `aws` is, and whether the prompt's hook is in its place.
_awsx_see() {
  local aws hook=there
  aws=$(\builtin type -t aws) || aws=none
  case $aws/$(\declare -f aws) in function/*_awsx_shim*) aws=ours ;; esac
  case "${PROMPT_COMMAND[*]-} ${precmd_functions[*]-}" in *_awsx_hook*) ;; *) hook=gone ;; esac
  _awsx_seen=bash:$aws:$hook
}

function awsx {
  local arg before='' _awsx_seen
  for arg; do
    case $before/$arg in
      --backend/* | --color/* | */-*) before=$arg ;;
      */use)
        _awsx_use "$@"
        return
        ;;
      */off)
        _awsx_eval "$@" --shell bash
        return
        ;;
      */unset | */unsets)
        # Shown to a person, who is asked; elsewhere it is code for an eval.
        [[ -t 1 ]] || break
        _awsx_eval "$@" --shell bash
        return
        ;;
      */doctor)
        _awsx_see
        command "$_awsx_bin" "$@" --seen "$_awsx_seen"
        return
        ;;
      *) break ;;
    esac
  done
  command "$_awsx_bin" ${1+"$@"}
}

_awsx_shims
_awsx_hook_last
[[ ! $_awsx_aliases ]] || shopt -s expand_aliases
function awsx-refresh { _awsx_renew ${1+"$@"}; }
