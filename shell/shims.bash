# shellcheck shell=bash
# shellcheck disable=SC2154 # _awsx_bin and _awsx_left are of awsx.bash
# awsx in bash: commands that get fresh credentials each time they run. shim.sh is a part of it. It stands before awsx.bash.

# Your aliases are not for what follows; at its end they are there again.
_awsx_aliases=
\builtin shopt -q expand_aliases && _awsx_aliases=1
\builtin shopt -u expand_aliases

# Whether the session is good for another command.
_awsx_fresh() {
  local margin=${AWSX_REFRESH_MARGIN:-300} _awsx_left
  [[ ${AWSX_PROFILE-} ]] || return 0
  _awsx_time
  [[ $_awsx_left ]] || return 0
  case $margin in *[!0-9]*) margin=300 ;; esac
  ((_awsx_left >= 10#$margin))
}

# Runs a command in a session that gives credentials to shims alone (`--via shims`). A function of your own runs in this
# shell: what it is lent ends with it.
_awsx_lend() {
  if ! declare -F "_awsx_own_$1" >/dev/null; then
    command "$_awsx_bin" exec --shim -- "$@"
    return
  fi
  # A session is renewed whose credentials are in the environment, so AWSX_VIA is empty meanwhile.
  local -x AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION AWSX_EXPIRES AWSX_VIA=
  # shellcheck disable=SC2034 # awsx reads it
  local -x AWSX_SESSION=${AWSX_SESSION-}
  _awsx_renew || return
  # What keeps credentials from everything else. A local variable would not hide it from commands.
  _awsx_aside=${AWS_PROFILE-}
  unset -v AWS_PROFILE
  "_awsx_own_$1" "${@:2}"
  local status=$?
  _awsx_restore
  return "$status"
}

# Puts back what was taken aside for a function. Ctrl-C can end that in between: the hook sees to it then.
_awsx_restore() {
  [[ ! $_awsx_aside || ${AWS_PROFILE-} ]] || export AWS_PROFILE=$_awsx_aside
  _awsx_aside=
}

# Defines the shims; a function of your own of the same name is what they run. Starts no process, unless there is one.
_awsx_shims() {
  local name own rest refused=''
  _awsx_shimmed=${AWSX_SHIMS-aws}
  rest=${_awsx_shimmed//[ $'\t\n',]/ }
  while [[ $rest ]]; do
    name=${rest%%' '*}
    rest=${rest#"$name"}
    rest=${rest#' '}
    case $name in
      '' | -* | *[!A-Za-z0-9_.+-]*) continue ;;
      awsx* | _awsx* | . | alias | bg | bind | break | builtin | caller | case | cd | command | compgen | complete | compopt | \
        continue | coproc | declare | dirs | disown | do | done | echo | elif | else | enable | 'esac' | eval | exec | exit | \
        export | false | fc | fg | fi | for | function | getopts | hash | help | history | if | in | jobs | kill | let | \
        local | logout | mapfile | popd | printf | pushd | pwd | read | readarray | readonly | return | select | set | \
        shift | shopt | source | suspend | test | then | time | times | trap | true | type | typeset | ulimit | umask | \
        unalias | unset | until | wait | while)
        refused="$refused $name"
        continue
        ;;
    esac
    if declare -F "$name" >/dev/null; then
      own=$(\declare -f "$name") || own=
      case $own in *_awsx_shim*) continue ;; esac
      eval "_awsx_own_$own"
    fi
    eval "function $name { _awsx_shim $name \${1+\"\$@\"}; }"
  done
  [[ ! $refused ]] || echo "awsx: AWSX_SHIMS: the shell itself needs$refused; nothing is renewed before that" >&2
}
