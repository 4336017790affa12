# awsx in zsh: commands that get fresh credentials each time they run. shim.sh is a part of it. It stands before awsx.zsh.

# Whether the session is good for another command.
function _awsx_fresh {
  emulate -L zsh
  local REPLY margin=${AWSX_REFRESH_MARGIN:-300}
  [[ -n ${AWSX_PROFILE-} ]] || return 0
  _awsx_left
  [[ -n $REPLY ]] || return 0
  [[ $margin == <-> ]] || margin=300
  ((REPLY >= 10#$margin))
}

# Runs a command in a session that gives credentials to shims alone (`--via shims`). A function of your own runs in this
# shell: what it is lent ends with it.
function _awsx_lend {
  if ((! ${+functions[_awsx_own_$1]})); then
    command "$_awsx_bin" exec --shim -- "$@"
    return
  fi
  # A session is renewed whose credentials are in the environment, so AWSX_VIA is empty meanwhile.
  local -x AWS_ACCESS_KEY_ID= AWS_SECRET_ACCESS_KEY= AWS_SESSION_TOKEN= AWS_CREDENTIAL_EXPIRATION= AWSX_EXPIRES= AWSX_VIA=
  local -x AWSX_SESSION=${AWSX_SESSION-}
  # What keeps credentials from everything else.
  local +x AWS_PROFILE
  unset AWS_PROFILE
  _awsx_renew || return
  "_awsx_own_$1" "${@:2}"
}

# Defines the shims; a function of your own of the same name is what they run.
function _awsx_shims {
  emulate -L zsh
  local name
  local -a refused
  _awsx_shimmed=${AWSX_SHIMS-aws}
  for name in ${(s: :)${_awsx_shimmed//[[:space:],]/ }}; do
    [[ $name == -* || $name == *[^A-Za-z0-9_.+-]* || ${functions[$name]-} == *_awsx_shim* ]] && continue
    if [[ $name == (_|)awsx* ]] || ((${+builtins[$name]} || ${+dis_builtins[$name]} || ${reswords[(Ie)$name]} || ${dis_reswords[(Ie)$name]})); then
      refused+=($name)
      continue
    fi
    ((${+functions[$name]})) && functions[_awsx_own_$name]=$functions[$name]
    functions[$name]="_awsx_shim $name \"\$@\""
  done
  ((! ${#refused})) ||
    print -u2 -r "awsx: AWSX_SHIMS: the shell itself needs ${refused[*]}; nothing is renewed before that"
  return 0
}
