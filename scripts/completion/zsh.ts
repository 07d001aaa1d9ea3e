import type { Fill, Shape, Word } from './shape.ts';

const entry = ({ word, about }: Word): string => `'${word.replaceAll(':', '\\:')}:${about.replaceAll(':', ' ')}'`;
const describe = (what: string, words: readonly Word[]): string =>
  `list=(${words.map(entry).join(' ')}); _describe -t ${what} ${what} list`;

/** What zsh runs to fill a place. */
function fill(given: Fill | undefined): string {
  switch (given?.kind) {
    case 'words':
      return `compadd -- ${given.words.join(' ')}`;
    case 'asked':
      return '_steward_asked';
    case 'files':
      return '_files';
    case 'folders':
      return '_files -/';
    default:
      return '_message text';
  }
}

/** The completion for zsh. */
export function zshScript(shapes: readonly Shape[]): string {
  const paths = shapes.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`);
  const values = shapes.flatMap(({ path, flags }) =>
    flags.flatMap(({ names, value }) =>
      value === undefined ? [] : [{ when: names.map(name => `'${path} ${name}'`).join('|'), does: fill(value) }],
    ),
  );
  const places = shapes.flatMap(shape => [
    ...(shape.commands.length === 0 ? [] : [{ when: `'${shape.path}:0'`, does: describe('commands', shape.commands) }]),
    ...shape.places.map((place, index) => ({ when: `'${shape.path}:${index}'`, does: fill(place) })),
  ]);
  const flags = shapes.map(shape => {
    const words = shape.flags.flatMap(({ names, about }) => names.map(word => ({ word, about })));
    return { when: `'${shape.path}'`, does: describe('options', words) };
  });
  const arm = ({ when, does }: { when: string; does: string }): string => `    ${when}) ${does} ;;`;
  return `#compdef steward
# Completion of steward for zsh:  eval "$(steward completion zsh)"
_steward_asked() {
  local -a list
  list=(\${(f)"$("\${program[@]}" completion --ids "\${where##*/}" 2>/dev/null | sed -e 's/:/ /g' -e 's/\\t/:/')"})
  _describe -V -t ids ids list
}
_steward_takes_value() {
  case "$1" in
    ${values.map(({ when }) => when).join('|')}) return 0 ;;
  esac
  return 1
}
_steward() {
  local where='' word before='' count=0 i
  local -a program list
  program=("\${words[1]}")
  for ((i = 2; i < CURRENT; i++)); do
    word="\${words[i]}"
    if [[ -n "$before" ]]; then
      [[ "$before" == --vault ]] && program+=(--vault "$word")
      before=''
      continue
    fi
    if _steward_takes_value "$where $word"; then
      before="$word"
      continue
    fi
    [[ "$word" == -* ]] && continue
    case "$where/$word" in
      ${paths.join('|')}) where="$where/$word" ;;
      *) count=$((count + 1)) ;;
    esac
  done
  if [[ -n "$before" ]]; then
    case "$where $before" in
${values.map(arm).join('\n')}
    esac
    return
  fi
  if [[ "\${words[CURRENT]}" == -* ]]; then
    case "$where" in
${flags.map(arm).join('\n')}
    esac
    return
  fi
  case "$where:$count" in
${places.map(arm).join('\n')}
  esac
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
compdef _steward steward
`;
}
