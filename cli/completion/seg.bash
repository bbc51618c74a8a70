# bash completion for seg, printed by: seg completion bash
_seg() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
    local options='' formats='' i
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W 'check test fmt infer run timeline overlap flow stream explain compile dump help version completion' -- "$word")
        return
    fi
    case $command in
    check)
        options='--format --cost --lint --param --help' formats='human json' ;;
    test)
        options='--format --param --native --help' formats='human json' ;;
    fmt)
        options='--check --help' ;;
    infer)
        options='--help' ;;
    run)
        options='--events --profiles --at --segment --members --format --output --param --native --strict --quiet --help' formats='table csv json roaring parquet' ;;
    timeline)
        options='--events --segment --format --param --native --from --to --every --strict --quiet --help' formats='table csv json svg' ;;
    overlap)
        options='--events --at --segment --format --param --native --strict --quiet --help' formats='table csv json' ;;
    flow)
        options='--events --segment --format --param --native --from --to --strict --quiet --help' formats='table csv json svg' ;;
    stream)
        options='--events --until --param --native --threads --strict --quiet --help' ;;
    explain)
        options='--events --at --format --param --native --strict --quiet --help' formats='text json' ;;
    compile)
        options='--output --param --help' ;;
    dump)
        options='--tokens --tree --types --plan --bytecode --param --help' ;;
    help)
        options='--help' ;;
    version)
        options='--help' ;;
    completion)
        options='--help' formats='bash zsh' ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    elif [[ $before == --format || $before == -f || $command == completion ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$formats" -- "$word")
    elif [[ $command == help ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'check test fmt infer run timeline overlap flow stream explain compile dump help version completion' -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        compopt -o filenames 2>/dev/null
    fi
}
complete -F _seg seg
