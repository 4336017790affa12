# The start-up file of zsh in the guided shell of awsx-sandbox.

PROMPT='sandbox %~ %# '
autoload -Uz compinit && compinit -i -d ~/.cache/zcompdump
# What has just been done is ticked off.
_sandbox_tour() { tour new; }
precmd_functions=(_sandbox_tour $precmd_functions)
eval "$(awsx init zsh)"
