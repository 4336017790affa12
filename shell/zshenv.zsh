# The .zshenv of `awsx shell`: ZDOTDIR leads here and nowhere else. It is made again what it was, your own .zshenv (which
# may set another one) is read, zsh goes on with your own files, and awsx comes when they are done.
typeset -g _awsx_dir="$ZDOTDIR" _awsx_start="${AWSX_START-}"
unset AWSX_START
if (( ${+AWSX_ZDOTDIR} )); then
  export ZDOTDIR=$AWSX_ZDOTDIR
else
  unset ZDOTDIR
fi
unset AWSX_ZDOTDIR
if [[ -r ${ZDOTDIR-$HOME}/.zshenv ]]; then
  source "${ZDOTDIR-$HOME}/.zshenv"
fi
function _awsx_boot {
  emulate -L zsh
  # Yours are not for what is read here.
  setopt no_aliases
  local last=$precmd_functions[-1]
  precmd_functions=(${precmd_functions:#_awsx_boot})
  preexec_functions=(${preexec_functions:#_awsx_boot})
  unfunction _awsx_boot
  source "$_awsx_dir/awsx.zsh"
  unset _awsx_dir
  _awsx_begin
  # Nothing of yours comes behind: nothing has to be waited for.
  [[ $last == _awsx_boot ]] || _awsx_last
}
# The first of these that the start-up files leave in place.
precmd_functions+=(_awsx_boot)
preexec_functions+=(_awsx_boot)
