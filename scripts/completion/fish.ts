import type { Fill, Shape } from './shape.ts';

/** What fish completes a place with, as options of `complete`. */
function fill(given: Fill | undefined, path: string): string {
  switch (given?.kind) {
    case 'words':
      return `-x -a '${given.words.join(' ')}'`;
    case 'asked':
      return `-x -k -a '(__steward_asked ${path.split('/').at(-1) ?? ''})'`;
    case 'files':
      return '-r -F';
    case 'folders':
      return `-x -a '(__fish_complete_directories)'`;
    default:
      return '-x';
  }
}

/** The completion for fish. */
export function fishScript(shapes: readonly Shape[]): string {
  const paths = shapes.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`);
  const values = shapes.flatMap(({ path, flags }) =>
    flags.flatMap(({ names, value }) => (value === undefined ? [] : names.map(name => `'${path} ${name}'`))),
  );
  const lines = shapes.flatMap(({ path, commands, flags, places }) => [
    ...commands.map(
      ({ word, about }) => `complete -c steward -n "__steward_at '${path}' 0" -f -a '${word}' -d '${about}'`,
    ),
    ...places.map((place, index) => `complete -c steward -n "__steward_at '${path}' ${index}" ${fill(place, path)}`),
    ...flags.map(({ names, about, value }) => {
      const named = names.map(name => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
      const takes = value === undefined ? '-f' : fill(value, path);
      return `complete -c steward -n "__steward_at '${path}'" ${named.join(' ')} ${takes} -d '${about}'`;
    }),
  ]);
  return `# Completion of steward for fish:  steward completion fish | source
function __steward_at
  set -l where ''
  set -l count 0
  set -l before ''
  set -l words (commandline -opc)
  for word in $words[2..-1]
    if test -n "$before"
      set before ''
      continue
    end
    if contains -- "$where $word" ${values.join(' ')}
      set before $word
      continue
    end
    string match -q -- '-*' $word; and continue
    if contains -- "$where/$word" ${paths.join(' ')}
      set where "$where/$word"
    else
      set count (math $count + 1)
    end
  end
  test "$where" = "$argv[1]"; or return 1
  test (count $argv) -lt 2; or test "$count" = "$argv[2]"
end
function __steward_asked
  set -l words (commandline -opc)
  set -l vault
  if set -l at (contains -i -- --vault $words)
    set vault --vault $words[(math $at + 1)]
  end
  $words[1] $vault completion --ids $argv[1] 2>/dev/null
end
complete -c steward -f
${lines.join('\n')}
`;
}
