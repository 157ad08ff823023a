#compdef bnlint
# Completion of bnlint for zsh. The program answers a line for each candidate: kind, text and meaning.

_bnlint() {
    local line kind text meaning
    local -a fields plain unfinished
    # Of --select=BN3 only what stands behind the sign is to be completed.
    [[ $PREFIX == --*=* ]] && compset -P 1 '*='
    for line in "${(@f)$(env _BNLINT_COMPLETE=zsh_complete COMP_WORDS="${(pj:\n:)words}" COMP_CWORD=$((CURRENT - 1)) "${words[1]}" 2>/dev/null)}"; do
        fields=("${(@ps:\t:)line}")
        kind=${fields[1]} text=${fields[2]} meaning=${fields[3]}
        if [[ $kind == file || $kind == dir ]]; then
            # What stands before the path, as in sarif=out, is no part of it.
            [[ -n $text ]] && compset -P "${(b)text}"
            _files
            return
        elif [[ $kind == plain && $text == *= ]]; then
            unfinished+=("${text//:/\\:}:$meaning")
        elif [[ $kind == plain ]]; then
            plain+=("${text//:/\\:}:$meaning")
        fi
    done
    (( $#plain )) && _describe -V bnlint plain
    (( $#unfinished )) && _describe -V bnlint unfinished -S ''
}

if [[ $funcstack[1] == _bnlint ]]; then
    _bnlint "$@" # loaded from a directory of $fpath
else
    compdef _bnlint bnlint
fi
