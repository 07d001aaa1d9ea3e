import type { Fill, Shape } from './shape.ts';

/** What bash runs to fill a place. */
function fill(given: Fill | undefined): string {
  switch (given?.kind) {
    case 'words':
      return `_steward_words '${given.words.join('\n')}'`;
    case 'asked':
      return '_steward_asked';
    case 'files':
      return '_steward_files -f';
    case 'folders':
      return '_steward_files -d';
    default:
      return ':';
  }
}

const namesOf = ({ flags }: Shape): readonly string[] => flags.flatMap(({ names }) => names);

/** The completion for bash 3.2 and newer. */
export function bashScript(shapes: readonly Shape[]): string {
  const paths = shapes.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`);
  const values = shapes.flatMap(({ path, flags }) =>
    flags.flatMap(({ names, value }) =>
      value === undefined ? [] : [{ when: names.map(name => `'${path} ${name}'`).join('|'), does: fill(value) }],
    ),
  );
  const places = shapes.flatMap(shape => [
    ...(shape.commands.length === 0
      ? []
      : [{ when: `'${shape.path}:0'`, does: `_steward_words '${shape.commands.map(one => one.word).join('\n')}'` }]),
    ...shape.places.map((place, index) => ({ when: `'${shape.path}:${index}'`, does: fill(place) })),
  ]);
  const arm = ({ when, does }: { when: string; does: string }): string => `    ${when}) ${does} ;;`;
  return `# Completion of steward for bash:  eval "$(steward completion bash)"
_steward_words() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$1" -- "$_steward_cur"))
}
_steward_asked() {
  _steward_words "$("\${_steward_program[@]}" completion --ids "\${_steward_path##*/}" 2>/dev/null | cut -f1)"
}
_steward_files() {
  local IFS=$'\\n'
  type compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$_steward_cur"))
}
_steward_takes_value() {
  case "$1" in
    ${values.map(({ when }) => when).join('|')}) return 0 ;;
  esac
  return 1
}
_steward() {
  local _steward_cur="\${COMP_WORDS[COMP_CWORD]}" _steward_path='' _steward_program=("\${COMP_WORDS[0]}")
  local word i count=0 before=''
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if [ -n "$before" ]; then
      [ "$before" = --vault ] && _steward_program+=(--vault "$word")
      before=''
      continue
    fi
    if _steward_takes_value "$_steward_path $word"; then
      before="$word"
      continue
    fi
    case "$word" in -*) continue ;; esac
    case "$_steward_path/$word" in
      ${paths.join('|')}) _steward_path="$_steward_path/$word" ;;
      *) count=$((count + 1)) ;;
    esac
  done
  if [ -n "$before" ]; then
    case "$_steward_path $before" in
${values.map(arm).join('\n')}
    esac
    return
  fi
  case "$_steward_cur" in
    -*)
      case "$_steward_path" in
${shapes.map(shape => `        '${shape.path}') _steward_words '${namesOf(shape).join('\n')}' ;;`).join('\n')}
      esac
      return
      ;;
  esac
  case "$_steward_path:$count" in
${places.map(arm).join('\n')}
  esac
}
complete -F _steward steward
`;
}
