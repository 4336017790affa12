# awsx in zsh: prompt fragment, awsx-refresh, and the function behind `awsx use` and `awsx off`.
# For zsh 5.0 and later. Every function makes its own options, as anything may be set (KSH_ARRAYS, PROMPT_SUBST, XTRACE …).
#
# A value that may be a secret is never part of a command's text, and never an argument: a DEBUG trap can print both
# (ZSH_DEBUG_CMD and $_). So values are assigned, with `eval "$name=\$value"`.

typeset -g _awsx_bin=@AWSX@
typeset -gA _awsx_was _awsx_how
# The last profile that `awsx use` has given this shell, and the one before it, each with the options of its session.
typeset -g _awsx_recent=${_awsx_recent-} _awsx_recent_options=${_awsx_recent_options-}
typeset -g _awsx_before=${_awsx_before-} _awsx_before_options=${_awsx_before_options-}
# The fragment stands in PROMPT as %(90V:…:), its text in psvar: what is there is shown as it is under any options, the
# fragment can be found again in an older prompt that a tool brings back, and where psvar is empty it shows nothing.
typeset -g _awsx_open='%(90V:' _awsx_close=':)' _awsx_shimmed=

# Now, in epoch seconds: REPLY. The clock of prompt expansion needs no module.
function _awsx_clock {
  emulate -L zsh
  REPLY='%D{%s}'
  REPLY=${(%)REPLY}
}

# Seconds left of the session: REPLY; empty where it has no end.
function _awsx_left {
  emulate -L zsh
  REPLY=
  if [[ ${AWSX_EXPIRES-} == <-> ]]; then
    _awsx_clock
    REPLY=$((10#$AWSX_EXPIRES - REPLY))
  fi
}

# Adds a piece of text, in a colour if there is one, to `fragment` and psvar of the caller.
function _awsx_put {
  emulate -L zsh
  # Byte by byte, so that it is the same in every locale: control characters, C1, directions, line ends, no width.
  setopt no_multibyte
  local text=${1//[[:cntrl:]]/?} color=${2-}
  text=${text//$'\xc2'[$'\x80'-$'\x9f\xad']/?}
  text=${text//$'\xd8\x9c'/?}
  text=${text//$'\xe2\x80'[$'\x8b\x8e\x8f\xa8'-$'\xae']/?}
  text=${text//$'\xe2\x81'[$'\xa0'-$'\xa4\xa6'-$'\xa9']/?}
  text=${text//$'\xef\xbb\xbf'/?}
  text=${text//$'\xf3\xa0'[$'\x80\x81']?/?}
  [[ -n $text ]] || return 0
  psvar[at]=$text
  if ((colored)) && [[ -n $color && $color != *[^0-9\;]* ]]; then
    fragment+="%{"$'\e'"[${color}m%}%${at}v%{"$'\e'"[0m%}"
  else
    fragment+="%${at}v"
  fi
  ((++at))
}

# Puts the fragment in front of PROMPT. One that is in there already stays in its place, shown or not: others may have put
# theirs around it, and would do so again if PROMPT were another than they left.
function _awsx_draw {
  local ret=$? # this also runs outside of precmd
  [[ -o errexit ]] && ret=0
  emulate -L zsh
  local fragment= rest out= old= field before left= urgency= REPLY
  integer at=90 colored=1
  ((${#psvar} < at)) || psvar[at]=
  case ${AWSX_PROMPT:-auto} in
    off) rest= ;;
    auto | on)
      rest='({profile} {left}) '
      [[ ${AWSX_PROMPT:-auto} == auto ]] && _awsx_shown && rest=
      ;;
    *) rest=$AWSX_PROMPT ;;
  esac
  if [[ -n ${AWSX_PROFILE-} && -n $rest ]]; then
    [[ -n ${NO_COLOR-} || ${TERM-} == dumb || ${(L)AWSX_COLOR-} == (0|false|no|off) ]] && colored=0
    _awsx_left
    if [[ -n $REPLY ]]; then
      if ((REPLY <= 0)); then
        left=expired
      elif ((REPLY < 120)); then
        left=${REPLY}s
      elif ((REPLY < 3600)); then
        left=$((REPLY / 60))m
      else
        left=$((REPLY / 3600))h${(l:2::0:)$((REPLY % 3600 / 60))}m
      fi
      if ((REPLY < 300)); then urgency=31; elif ((REPLY < 900)); then urgency=33; fi
    elif [[ ${AWSX_PROMPT:-auto} == (auto|on) ]]; then
      rest='({profile}) '
    fi
    while [[ $rest == *'{'*'}'* ]]; do
      before=${rest%%'{'*}
      rest=${rest#*'{'}
      field=${rest%%'}'*}
      case $field in
        profile | left | account | region) rest=${rest#*'}'} ;;
        *) before+='{' field= ;;
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
    fragment=${fragment:+$_awsx_open$fragment$_awsx_close}
  fi
  rest=${PROMPT-}
  while [[ $rest == *"$_awsx_open"*"$_awsx_close"* ]]; do
    out+=${rest%%"$_awsx_open"*}
    rest=${rest#*"$_awsx_open"}
    if [[ -z $old ]]; then
      # What is not shown now is left as it is: without a text in psvar it shows nothing.
      old=${fragment:-$_awsx_open${rest%%"$_awsx_close"*}$_awsx_close}
      out+=$old
    fi
    rest=${rest#*"$_awsx_close"}
  done
  if [[ -n $old ]]; then
    rest=$out$rest
  elif [[ $rest == *_p9k_* ]]; then
    # powerlevel10k writes over what is in front of it.
    rest+=$fragment
  else
    rest=$fragment$rest
  fi
  # A PROMPT that can't be changed has no fragment.
  [[ $rest == "${PROMPT-}" || ${(t)PROMPT} == *readonly* ]] || PROMPT=$rest
  return $ret
}

# Whether another prompt shows this very session: it has made PROMPT, it takes the profile's name from these variables in
# this order, and its settings let it. Where that can't be told, the answer is no.
function _awsx_shown {
  emulate -L zsh
  setopt extended_glob
  local name=${AWS_VAULT:-${AWSUME_PROFILE:-${AWS_PROFILE-}}} setting
  if [[ ${STARSHIP_SHELL-} == zsh && $PROMPT == *starship*' prompt '* ]]; then
    [[ ${AWSU_PROFILE:-${name:-${AWS_SSO_PROFILE-}}} == "${AWSX_PROFILE-}" && -n ${AWS_ACCESS_KEY_ID-} ]] && _awsx_starship
    return
  fi
  [[ ${+functions[p10k]} == 1 && $PROMPT == *_p9k_* ]] || return 1
  [[ ${AWS_SSO_PROFILE:-${name:-${AWS_DEFAULT_PROFILE-}}} == "${AWSX_PROFILE-}" ]] || return 1
  [[ " ${POWERLEVEL9K_LEFT_PROMPT_ELEMENTS[*]-} ${POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS[*]-} " == *' aws '* ]] || return 1
  # Shown only while certain commands are typed, or not in this folder, or as something else.
  for setting in ${(k)parameters[(I)POWERLEVEL9K_AWS_*(SHOW_ON_COMMAND|DISABLED_DIR_PATTERN)]}; do
    [[ -z ${(P)setting} ]] || return 1
  done
  for setting in ${(k)parameters[(I)POWERLEVEL9K_AWS_*CONTENT_EXPANSION]}; do
    [[ ${(P)setting} == *P9K_(CONTENT|AWS_PROFILE)* ]] || return 1
  done
}

# Whether starship's settings have the AWS module in the prompt and the profile in that, as they do by default.
function _awsx_starship {
  emulate -L zsh
  local line table= format= module= config=${STARSHIP_CONFIG:-${HOME-}/.config/starship.toml}
  [[ -f $config && -r $config ]] || return 0
  while IFS=$' \t' read -r line || [[ -n $line ]]; do
    case $table:$line in
      *:'['[a-z]*']') table=$line ;;
      :aws* | '[aws]':disabled*true*) return 1 ;;
      '[aws]':format*) [[ $line == *'$profile'* ]] || return 1 ;;
      :format*) format=1 ;;
    esac
    case $table:$line in :*'$aws'* | :*'$all'*) module=1 ;; esac
  done <$config
  [[ -z $format || -n $module ]]
}

# Runs before each prompt, behind whatever else does, as that may set PROMPT. zsh itself restores $? and pipestatus.
function _awsx_precmd {
  emulate -L zsh
  _awsx_draw
  [[ ${AWSX_SHIMS-aws} == "$_awsx_shimmed" ]] || _awsx_shims
  [[ ${precmd_functions[-1]-} == _awsx_precmd ]] || _awsx_last
}

function _awsx_last {
  emulate -L zsh
  precmd_functions=(${precmd_functions:#_awsx_precmd} _awsx_precmd)
  # Those that have been put behind still run after this once: a scheduled command runs after them, before the prompt.
  zmodload zsh/sched 2>/dev/null && sched +0 _awsx_draw
  return 0
}

# Runs awsx and does what it prints, if that is for this shell; nothing of it shows under XTRACE or VERBOSE.
function _awsx_eval {
  emulate -L zsh
  setopt no_xtrace no_verbose
  local code
  integer ret=0
  # Whatever asks does so on the terminal: a pipeline's input is not for awsx. zsh reads a command substitution when it runs
  # it, by its aliases of that time.
  code=$(\command "$_awsx_bin" "$@" </dev/null) || ret=$?
  case $code in
    '# awsx'*) _awsx_take || ret=$? ;;
    ?*) print -r -- "$code" ;;
  esac
  return ret
}

# Does what the lines of `code` say: `keep NAME…`, `unset NAME…`, `set NAME VALUE`, `off`, `key ID`.
function _awsx_take {
  emulate -L zsh
  setopt no_xtrace no_verbose
  local line name value
  integer ret=0
  for line in "${(@f)code}"; do
    value=${line#* }
    case $line in
      'keep '*) _awsx_keep ${(s: :)value} ;;
      'unset '*) unset ${(s: :)value} ;;
      'set '*)
        name=${value%% *} value=${value#* }
        [[ $name == [A-Za-z_]* && $name != *[^A-Za-z0-9_]* ]] || continue
        value=${value//\%0A/$'\n'}
        value=${value//\%25/%}
        eval "$name=\$value"
        export $name
        ;;
      off) _awsx_off || ret=$? ;;
      'key '*) [[ ${AWS_ACCESS_KEY_ID-} == "$value" ]] || ret=1 ;;
    esac
  done
  return ret
}

function _awsx_renew {
  emulate -L zsh
  if [[ -z ${AWSX_PROFILE-} ]]; then
    print -u2 -r 'awsx: there is no session here to renew; awsx use PROFILE starts one'
    return 1
  fi
  _awsx_eval refresh --lines "$@"
}

# Remembers variables as they are: unset, set, exported.
function _awsx_keep {
  emulate -L zsh
  setopt no_xtrace no_verbose
  local name
  _awsx_back
  for name in "$@" ${(k)parameters[(I)AWS_CONTAINER_*]}; do
    _awsx_how[$name]=${parameters[$name]-}
    ((${+parameters[$name]})) && _awsx_was[$name]=${(P)name}
  done
  for name in ${(k)parameters[(I)AWS_CONTAINER_*]}; do unset $name; done
  return 0
}

# Makes them again what they were.
function _awsx_back {
  emulate -L zsh
  setopt no_xtrace no_verbose
  local name
  for name in ${(k)_awsx_how}; do
    unset $name
    [[ -n $_awsx_how[$name] ]] || continue
    eval "$name=\$_awsx_was[$name]"
    [[ $_awsx_how[$name] == *export* ]] && export "$name"
  done
  _awsx_how=() _awsx_was=()
}

function _awsx_off {
  emulate -L zsh
  if ((! ${#_awsx_how})); then
    print -u2 -r "awsx: no profile is in use in this shell${AWSX_PROFILE:+; exit leaves this session}"
    return 1
  fi
  _awsx_back
}

# `awsx use ARG…`. It also says which profile `use -` means: the last one, or the one before if the last is still in use.
function _awsx_use {
  emulate -L zsh
  local from=${AWSX_PROFILE-} from_options=${AWSX_SESSION_ARGS-} to=$_awsx_before to_options=$_awsx_before_options
  if [[ -n $_awsx_recent && $_awsx_recent != "$from" ]]; then
    to=$_awsx_recent to_options=$_awsx_recent_options
  fi
  _awsx_eval "$@" --shell zsh ${to:+"--before=$to"} ${to_options:+"--before-options=$to_options"} || return
  [[ -n ${AWSX_PROFILE-} ]] || return 0
  if [[ -z $from || $from == "$AWSX_PROFILE" ]]; then
    from=$_awsx_recent from_options=$_awsx_recent_options
  fi
  if [[ -n $from && $from != "$AWSX_PROFILE" ]]; then
    _awsx_before=$from _awsx_before_options=$from_options
  fi
  _awsx_recent=$AWSX_PROFILE _awsx_recent_options=${AWSX_SESSION_ARGS-}
}

# `awsx shell` calls this after your start-up files: the session goes before what they have set.
function _awsx_begin {
  emulate -L zsh
  setopt no_xtrace no_verbose
  local code=$_awsx_start
  unset _awsx_start
  # Keys that the start-up files have put in place of the session's: those are fetched again.
  _awsx_take || { export AWSX_EXPIRES=0 && _awsx_renew }
  _awsx_precmd
}

# What `awsx doctor` is told of this shell, in _awsx_seen: what `aws` is, and whether the prompt's hook is in its place.
function _awsx_see {
  emulate -L zsh
  local aws=none hook=there
  if ((${+aliases[aws]} || ${+galiases[aws]})); then
    aws=alias
  elif [[ ${functions[aws]-} == *_awsx_shim* ]]; then
    aws=ours
  elif ((${+functions[aws]})); then
    aws=function
  elif ((${+commands[aws]})); then
    aws=file
  fi
  [[ " ${precmd_functions[*]-} " == *' _awsx_precmd '* ]] || hook=gone
  _awsx_seen=zsh:$aws:$hook
}

function awsx {
  emulate -L zsh
  local arg before= _awsx_seen
  for arg; do
    case $before/$arg in
      --backend/* | --color/* | */-*) before=$arg ;;
      */use)
        _awsx_use "$@"
        return
        ;;
      */off)
        _awsx_eval "$@" --shell zsh
        return
        ;;
      */unset | */unsets)
        # Shown to a person, who is asked; elsewhere it is code for an eval.
        [[ -t 1 ]] || break
        _awsx_eval "$@" --shell zsh
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
  command "$_awsx_bin" "$@"
}

function awsx-refresh { _awsx_renew "$@" }

_awsx_shims
[[ " ${precmd_functions[*]-} " == *' _awsx_precmd '* ]] || precmd_functions+=(_awsx_precmd)
# The system's start-up file has led zsh past the folder of `awsx shell`: here is where it begins then.
if ((${+AWSX_START})); then
  typeset -g _awsx_start=$AWSX_START
  unset AWSX_START AWSX_ZDOTDIR
  _awsx_begin
fi
