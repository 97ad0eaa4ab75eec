/** A line that stands for the names of files: the shell knows those itself. */
export const filesMarker = ":files";

// Each script only asks `aod __complete`, which knows the commands of the version that is installed.
const scripts = {
  bash: `# aod completion for bash. Load it with: source <(aod completion bash)
_aod() {
  local value description
  COMPREPLY=()
  while IFS=$'\\t' read -r value description; do
    if [[ $value == ${filesMarker} ]]; then
      COMPREPLY=()
      compopt -o default
      return
    fi
    COMPREPLY+=("$value")
  done < <(aod __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _aod aod
`,
  zsh: `#compdef aod
# aod completion for zsh. Load it with: source <(aod completion zsh)
# Or save it as _aod in a folder of $fpath, before compinit runs.
_aod() {
  local value description
  local -a candidates
  while IFS=$'\\t' read -r value description; do
    if [[ $value == ${filesMarker} ]]; then
      _files
      return
    fi
    candidates+=("\${value//:/\\\\:}\${description:+:$description}")
  done < <(aod __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe aod candidates
}
# As a file that completion loads by itself, this is the function's first call.
if [[ $funcstack[1] == _aod ]]; then
  _aod
else
  compdef _aod aod
fi
`,
  fish: `# aod completion for fish. Load it with: aod completion fish | source
function __aod_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l candidates (aod __complete -- $words[2..-1] "$current" 2>/dev/null)
  if string match -q -- '${filesMarker}*' "$candidates[1]"
    __fish_complete_path "$current"
  else
    printf '%s\\n' $candidates
  end
end
complete -c aod -f -a '(__aod_complete)'
`,
} as const;

export type Shell = keyof typeof scripts;

/** The script that teaches a shell to complete command lines of aod. */
export function completionScript(shell: Shell): string {
  return scripts[shell];
}
