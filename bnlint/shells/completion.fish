# Completion of bnlint for fish. The program answers a line for each candidate: kind, text and meaning.

function __bnlint_completion
    set -l current (commandline -ct)
    set -l words (commandline -cp | string collect)
    for line in (env _BNLINT_COMPLETE=fish_complete COMP_WORDS="$words" COMP_CWORD="$current" bnlint 2>/dev/null)
        set -l fields (string split -m 2 \t -- $line)
        switch $fields[1]
            case plain
                printf '%s\t%s\n' $fields[2] $fields[3]
            case file dir
                # What stands before the path, as in sarif=out, belongs to the word that is completed.
                for path in (complete -C "'' "(string escape -- "$fields[3]"))
                    printf '%s%s\n' $fields[2] $path
                end
        end
    end
end

complete -c bnlint -f -a '(__bnlint_completion)'
