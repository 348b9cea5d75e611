/** What a shell runs to complete a command line of converge: each asks `converge __complete` for the candidates, one a line. */
export const completionScripts: Record<string, string> = {
  bash: `# bash completion for converge: source <(converge completion bash)
_converge() {
  local current="\${COMP_WORDS[COMP_CWORD]}" line
  # Bash parts --option=value at the =.
  if [[ $current == = ]]; then current=; fi
  COMPREPLY=()
  while IFS= read -r line; do
    [[ $line == "$current"* ]] && COMPREPLY+=("$line")
  done < <("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _converge converge
`,
  zsh: `#compdef converge
# zsh completion for converge: source <(converge completion zsh)
_converge() {
  local -a candidates
  candidates=("\${(@f)$(converge __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -- $candidates
  [[ $words[CURRENT] == -* ]] || _files
}
compdef _converge converge
`,
  fish: `# fish completion for converge: converge completion fish | source
function __converge_complete
  set -l words (commandline -opc) (commandline -ct)
  converge __complete -- $words[2..-1] 2>/dev/null
end
complete -c converge -a '(__converge_complete)'
`,
  powershell: `# PowerShell completion for converge: converge completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName converge -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($wordToComplete -eq '') { $words += '' }
  converge __complete '--' @words 2>$null | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`,
}
