# shellcheck shell=bash
# awsx in bash: prompt fragment, shims, awsx-refresh, and the function behind `awsx use` and `awsx off`.
# For bash 3.2 and later: no associative arrays, no `local -`, no ${x@Q}, no EPOCHSECONDS. `set -eux` may be on.

_awsx_bin=@AWSX@
_awsx_kept=${_awsx_kept-}
_awsx_shimmed=
_awsx_options=
# What stands in PS1 for the fragment. A reference, so that it is the same at any time, in whatever older prompt a tool
# brings back, and nothing at all in a shell that doesn't know it.
# shellcheck disable=SC2016
_awsx_mark='${_awsx_ps1-}'
# The same where `shopt -u promptvars` is on: the fragment itself between two things that show nothing.
_awsx_open='\[\]\[\]\[\]'
_awsx_close='\[\]\[\]\[\]\[\]'

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

# Adds a piece of text, in a colour if there is one, to _awsx_ps1.
_awsx_put() {
  local text=${1//[[:cntrl:]]/?} color=${2-}
  [[ $text ]] || return 0
  [[ ! $_awsx_literal ]] || text=${text//\\/\\\\}
  case $color in *[!0-9\;]*) color= ;; esac
  if [[ $color && $_awsx_colored ]]; then
    text=$_awsx_on$'\e['${color}m$_awsx_off$text$_awsx_on$'\e[0m'$_awsx_off
  fi
  _awsx_ps1=$_awsx_ps1$text
}

# Makes the fragment: _awsx_ps1; empty if there is none.
_awsx_draw() {
  local rest before field left='' urgency=''
  local _awsx_colored=1 _awsx_literal='' _awsx_on=$'\001' _awsx_off=$'\002' _awsx_left=''
  _awsx_ps1=
  [[ ${AWSX_PROFILE-} ]] || return 0
  if ! shopt -q promptvars && [[ ! -o posix ]]; then
    _awsx_literal=1 _awsx_on='\[' _awsx_off='\]'
  fi
  case ${AWSX_COLOR-} in 0 | [Ff][Aa][Ll][Ss][Ee] | [Nn][Oo] | [Oo][Ff][Ff]) _awsx_colored= ;; esac
  [[ ${NO_COLOR-} ]] && _awsx_colored=
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
      if [[ ${AWSX_PROMPT:-auto} == auto && ${AWS_VAULT-} && ${STARSHIP_SHELL-} == bash ]] &&
        declare -F starship_precmd >/dev/null; then
        return 0
      fi
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
  [[ ! $_awsx_literal ]] || _awsx_ps1=$_awsx_open$_awsx_ps1$_awsx_close
}

# Puts the fragment in front of PS1, once, and takes every older one out.
_awsx_prompt() {
  local want='' rest=${PS1-} out=''
  _awsx_draw
  case $_awsx_ps1 in
    '') ;;
    "$_awsx_open"*) want=$_awsx_ps1 _awsx_ps1= ;;
    *) want=$_awsx_mark ;;
  esac
  while [[ $rest == *"$_awsx_open"*"$_awsx_close"* ]]; do
    out=$out${rest%%"$_awsx_open"*}
    rest=${rest#*"$_awsx_open"}
    rest=${rest#*"$_awsx_close"}
  done
  rest=$out$rest out=
  while [[ $rest == *"$_awsx_mark"* ]]; do
    out=$out${rest%%"$_awsx_mark"*}
    rest=${rest#*"$_awsx_mark"}
  done
  rest=$want$out$rest
  [[ $rest == "${PS1-}" ]] || PS1=$rest
}

# Runs before each prompt. Bash itself restores $? and PIPESTATUS after PROMPT_COMMAND; the status that is returned is for
# what others have put behind.
_awsx_hook() {
  local status=$?
  [[ ! $_awsx_options ]] || _awsx_loud
  _awsx_prompt
  [[ ${AWSX_SHIMS-aws} == "$_awsx_shimmed" ]] || _awsx_shims
  _awsx_hook_last
  # With `set -e` a status other than 0 would end the shell.
  case $- in *e*) return 0 ;; esac
  return "$status"
}

# Makes the hook the last of PROMPT_COMMAND, a string or (bash 5.1) an array, as whatever sets PS1 must run before it.
_awsx_hook_last() {
  local i last=0 line
  if ((BASH_VERSINFO[0] > 5 || (BASH_VERSINFO[0] == 5 && BASH_VERSINFO[1] >= 1))); then
    for i in "${!PROMPT_COMMAND[@]}"; do last=$i; done
  fi
  case ${PROMPT_COMMAND[last]-} in
    _awsx_hook | *$'\n_awsx_hook') return 0 ;;
  esac
  for i in "${!PROMPT_COMMAND[@]}"; do
    line=${PROMPT_COMMAND[i]-}
    [[ $line == *_awsx_hook* ]] || continue
    # What stands on both sides may need the line end, and a command before its semicolon.
    line=${line//$'\n_awsx_hook'/$'\n:'}
    line=${line//$'\n:\n:'/$'\n:'}
    line=${line/#_awsx_hook/:}
    # shellcheck disable=SC2178 # a string stays one; of an array this is element 0
    if ((i > 0)); then PROMPT_COMMAND[i]=$line; else PROMPT_COMMAND=$line; fi
  done
  line=${PROMPT_COMMAND-}
  # shellcheck disable=SC2178
  if ((last > 0)); then
    PROMPT_COMMAND[last + 1]=_awsx_hook
  else
    PROMPT_COMMAND=${line:+$line$'\n'}_awsx_hook
  fi
}

# Whether the session is good for another command.
_awsx_fresh() {
  local margin=${AWSX_REFRESH_MARGIN:-300} _awsx_left
  [[ ${AWSX_PROFILE-} ]] || return 0
  _awsx_time
  [[ $_awsx_left ]] || return 0
  case $margin in *[!0-9]*) margin=300 ;; esac
  ((_awsx_left >= 10#$margin))
}

# Runs `aws ARG…` or another shimmed command, after a renewal if too little time is left.
_awsx_shim() {
  local arg
  if [[ $1 == aws ]]; then
    for arg; do
      case $arg in
        --profile | --profile=*)
          shift
          command "$_awsx_bin" aws -- "$@"
          return
          ;;
      esac
    done
  fi
  case $1/${!#} in
    aws/help | aws/--version) ;;
    *) _awsx_fresh || _awsx_renew || return ;;
  esac
  if declare -F "_awsx_own_$1" >/dev/null; then
    "_awsx_own_$1" "${@:2}"
  else
    command "$@"
  fi
}

# Defines the shims; a function of your own of the same name is what they run.
_awsx_shims() {
  local name names own
  _awsx_shimmed=${AWSX_SHIMS-aws}
  IFS=$' \t\n,' read -r -a names <<<"${_awsx_shimmed//$'\n'/ }" || :
  for name in ${names[@]+"${names[@]}"}; do
    case $name in '' | -* | *[!A-Za-z0-9_.+-]*) continue ;; esac
    own=$(declare -f "$name") || own=
    case $own in
      '') ;;
      *_awsx_shim*) continue ;;
      *) eval "_awsx_own_$own" ;;
    esac
    eval "function $name { _awsx_shim $name \${1+\"\$@\"}; }"
  done
}

# Turns the traces off (`{ _awsx_quiet; } 2>/dev/null`), and on again what was on. Ctrl-C can end a function in between:
# the hook sees to it then.
_awsx_quiet() { _awsx_options=$-; set +xv; }
_awsx_loud() {
  local options=$_awsx_options
  _awsx_options=
  case $options in *v*) set -v ;; esac
  case $options in *x*) set -x ;; esac
}

# Runs awsx and does what it prints, if that is code; nothing of it shows under `set -x` or `set -v`.
_awsx_eval() {
  { _awsx_quiet; } 2>/dev/null
  local code status=0
  # Whatever asks does so on the terminal: a pipeline's input is not for awsx.
  code=$(command "$_awsx_bin" "$@" </dev/null) || status=$?
  case $code in
    '# awsx'*) eval "$code" || status=$? ;;
    ?*) builtin printf '%s\n' "$code" ;;
  esac
  code=
  _awsx_loud
  return "$status"
}

_awsx_renew() {
  if [[ ! ${AWSX_PROFILE-} ]]; then
    echo 'awsx: there is no session here to renew; awsx use PROFILE starts one' >&2
    return 1
  fi
  _awsx_eval refresh --shell bash ${1+"$@"}
}

# Remembers variables as they are: unset, set, exported.
_awsx_keep() {
  local name how
  _awsx_back
  for name in "$@" "${!AWS_CONTAINER_@}"; do
    case " $_awsx_kept " in *" $name "*) continue ;; esac
    how=$(declare -p "$name" 2>/dev/null) || how=
    how=${how#declare -}
    case ${how%% *} in *x*) how=exported ;; *) how= ;; esac
    [[ ! ${!name+set} ]] || how=$how-set
    builtin printf -v "_awsx_how_$name" %s "$how"
    builtin printf -v "_awsx_was_$name" %s "${!name-}"
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
    case ${!how} in *set) builtin printf -v "$name" %s "${!was}" ;; esac
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

# `awsx shell` calls this after your start-up files: the session goes before what they have set.
_awsx_begin() {
  { _awsx_quiet; } 2>/dev/null
  eval "${AWSX_START-}"
  unset AWSX_START
  _awsx_loud
}

function awsx {
  local arg before=
  for arg; do
    case $before/$arg in
      --backend/* | --color/* | */-*) before=$arg ;;
      */use | */off)
        _awsx_eval "$@" --shell bash
        return
        ;;
      *) break ;;
    esac
  done
  command "$_awsx_bin" ${1+"$@"}
}

_awsx_shims
_awsx_hook_last
function awsx-refresh { _awsx_renew ${1+"$@"}; }
