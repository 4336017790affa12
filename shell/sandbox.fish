# The start-up file of fish in the guided shell of awsx-sandbox.

set -g fish_greeting
function fish_prompt
    printf 'sandbox %s > ' (prompt_pwd)
end
# What has just been done is ticked off.
function _sandbox_tour --on-event fish_prompt
    tour new
end
awsx init fish | source
