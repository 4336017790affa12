# shellcheck shell=bash
# shellcheck disable=SC2154 # _awsx_bin is of awsx.bash and awsx.zsh
# awsx in bash and zsh: what a shim does. In zsh it has the options of the person, whose function it may call.

# Runs `aws ARG…` or another shimmed command, after a renewal if too little time is left.
function _awsx_shim {
  if [[ $1 == aws ]]; then
    local arg
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
  case $1/${@: -1} in
    aws/help | aws/--version) ;;
    *)
      if [[ ${AWSX_VIA-} == shims ]]; then
        _awsx_lend "$@"
        return
      fi
      _awsx_fresh || _awsx_renew || return
      ;;
  esac
  if typeset -f "_awsx_own_$1" >/dev/null; then
    "_awsx_own_$1" "${@:2}"
  else
    command "$@"
  fi
}
