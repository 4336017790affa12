# shellcheck shell=bash
# The start-up file of bash in the guided shell of awsx-sandbox.

PS1='sandbox \w \$ '
# What has just been done is ticked off.
PROMPT_COMMAND="tour new${PROMPT_COMMAND:+; $PROMPT_COMMAND}"
eval "$(awsx init bash)"
