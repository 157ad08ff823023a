# Completion of bnlint for bash, 3.2 or newer. The program answers a line for each candidate: kind, text and meaning.

_bnlint_completion() {
    local kind text answer
    local IFS=$'\n'
    COMPREPLY=()
    answer=$(env _BNLINT_COMPLETE=bash_complete COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD="$COMP_CWORD" "$1" 2>/dev/null)
    while IFS=$'\t' read -r kind text _; do
        # For a path nothing is offered: bash then completes file names by itself.
        if [[ $kind == plain ]]; then
            COMPREPLY[${#COMPREPLY[@]}]=$text
            if [[ $text == *= ]]; then
                compopt -o nospace 2>/dev/null # which bash 3.2 lacks
            fi
        fi
    done <<<"$answer"
}

complete -o default -F _bnlint_completion bnlint
