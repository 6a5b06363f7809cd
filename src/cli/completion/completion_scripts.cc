// The completion scripts of the shells. Each script runs the program whose name the user typed,
// with the arguments `complete` and the words of the command line. The program prints one candidate
// per line: the word, a tab, and a description. The line `:files` means that the shell must
// complete a file name.
#include "completion.h"

namespace callgate {

namespace {

// Must work with bash 3.2 of macOS, which lacks mapfile and compopt. Bash splits `--color=al` into
// the words `--color`, `=` and `al`, and readline replaces only `al`. So the script leaves out `=`,
// and callgate completes `--color al`.
constexpr std::string_view kBash = R"SCRIPT(# bash completion for callgate
_callgate() {
    local i line word current=${COMP_WORDS[COMP_CWORD]} words=() program=${COMP_WORDS[0]/#\~\//$HOME/}
    [ "$current" = "=" ] && current=
    for ((i = 1; i < COMP_CWORD; ++i)); do
        [ "${COMP_WORDS[i]}" = "=" ] || words+=("${COMP_WORDS[i]}")
    done
    COMPREPLY=()
    while IFS= read -r line; do
        if [ "$line" = ":files" ]; then
            compopt -o filenames 2>/dev/null
            while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
        else
            word=$(printf '%q' "${line%%$'\t'*}")
            COMPREPLY+=("$word")
        fi
    done < <("$program" complete -- "${words[@]}" "$current" 2>/dev/null)
}
complete -F _callgate callgate
)SCRIPT";

constexpr std::string_view kFish = R"SCRIPT(# fish completion for callgate
function __callgate_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    set -e words[1]
    set -l lines (command $program complete -- $words "$current" 2>/dev/null)
    if test "$lines[1]" = ":files"
        __fish_complete_path "$current"
    else
        string join -- \n $lines
    end
end
complete -c callgate -f -a '(__callgate_complete)'
)SCRIPT";

constexpr std::string_view kZsh = R"SCRIPT(#compdef callgate
# zsh completion for callgate
_callgate() {
    local line program=${~${(Q)words[1]}} current=${(Q)words[CURRENT]}
    local -a lines described
    lines=("${(@f)$("$program" complete -- "${(@Q)words[2,CURRENT-1]}" "$current" 2>/dev/null)}")
    if [[ ${lines[1]} == :files ]]; then
        _files
        return
    fi
    for line in $lines; do
        described+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    (( $#described )) && _describe -V 'callgate' described
}
if [[ $funcstack[1] == _callgate ]]; then _callgate "$@"; else compdef _callgate callgate; fi
)SCRIPT";

}  // namespace

std::vector<std::string> shells() { return {"bash", "fish", "zsh"}; }

std::string_view completion_script(std::string_view shell) {
  if (shell == "bash") return kBash;
  if (shell == "fish") return kFish;
  if (shell == "zsh") return kZsh;
  return {};
}

}  // namespace callgate
