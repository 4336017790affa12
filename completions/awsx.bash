# shellcheck shell=bash
# Completion of awsx for bash 3.2 and later, with or without bash-completion: eval "$(awsx completions bash)"

_awsx() {
    # Bash cuts words at : and = too. Put them together again, up to the cursor.
    local line=${COMP_LINE:0:COMP_POINT} words=() starts=() i=0 piece rest stripped
    rest=$line
    for ((i = 0; i <= COMP_CWORD; i++)); do
        piece=${COMP_WORDS[i]}
        stripped=${rest#"${rest%%[![:space:]]*}"}
        [ "$i" -lt "$COMP_CWORD" ] || piece=$stripped
        if [ "$i" -eq 0 ] || [ "$stripped" != "$rest" ] || [ -z "$stripped" ]; then
            words+=("$piece")
            starts+=("$i")
        else
            words[${#words[@]} - 1]+=$piece
        fi
        rest=${stripped#"$piece"}
    done
    local current=$((${#words[@]} - 1))

    # After the -- of exec, and after aws, stands a command line of its own.
    if [ "$current" -ge 2 ] && [ "${words[1]}" = aws ]; then
        case "${words[current - 1]} ${words[current]}" in
            # The profiles are awsx's to know.
            "--profile "* | *" --profile="*) ;;
            *)
                _awsx_command "${starts[1]}"
                return
                ;;
        esac
    fi
    for ((i = 2; i < current; i++)); do
        if [ "${words[i]}" = -- ]; then
            _awsx_command "${starts[i + 1]}"
            return
        fi
    done

    # A word that starts with a quote stays in it; other words come quoted where they need it.
    local word=${words[current]} quote='' value
    case $word in
        \'* | \"*)
            quote=${word:0:1}
            word=${word:1}
            ;;
    esac
    [ "$quote" = \' ] || word=${word//\\/}
    words[current]=$word
    # Readline replaces only what follows the last : or =.
    local kept=''
    case $word in
        *[:=]*) [ -n "$quote" ] || kept=${word%"${word##*[:=]}"} ;;
    esac
    COMPREPLY=()
    while IFS=$'\t' read -r value _; do
        value=${value#"$kept"}
        case $quote in
            '') printf -v value %q "$value" ;;
            \') value=${value//\'/\'\\\'\'} ;;
            *)
                # Here nothing keeps a ! from being taken for a line of the history.
                case $value in *!*) continue ;; esac
                value=${value//\\/\\\\}
                value=${value//\"/\\\"}
                value=${value//\$/\\\$}
                value=${value//\`/\\\`}
                ;;
        esac
        # Readline closes the quote unless the last character is one.
        case $value in *"${quote:-no}") value+=$quote ;; esac
        COMPREPLY+=("$value")
    done < <(command awsx completions bash --at "$current" -- "${words[@]}" 2>/dev/null)
    # An option that waits for its value, or a folder, is not the end of a word.
    if [ "${#COMPREPLY[@]}" -eq 1 ]; then
        case ${COMPREPLY[0]} in
            */ | *= | *:) compopt -o nospace 2>/dev/null ;;
        esac
    fi
}

# Completes the command line that starts at word $1.
_awsx_command() {
    local word=${COMP_WORDS[COMP_CWORD]} line
    COMPREPLY=()
    if declare -F _command_offset >/dev/null; then
        _command_offset "$1"
        return
    fi
    while read -r line; do
        COMPREPLY+=("$line")
    done < <(if [ "$COMP_CWORD" -eq "$1" ]; then compgen -c -- "$word"; else compgen -f -- "$word"; fi)
    compopt -o filenames 2>/dev/null
}

complete -F _awsx awsx
