/** How values stand in a systemd unit (systemd.syntax(7), systemd.unit(5), systemd.exec(5)). */

/** A `%` begins a specifier everywhere. */
const plain = (text: string): string => text.replaceAll('%', '%%');

/** A word among words: in quotes, with C escapes. */
export const quoted = (text: string): string =>
  `"${plain(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\t', '\\t')}"`;

/** What takes the whole line as it stands, such as WorkingDirectory= and Description=. */
export const wholeLine = plain;

/**
 * A command. systemd refuses quotes in the name of a program, and puts variables into arguments: so a shell, which gives
 * way to the program at once, is told of all of it as arguments.
 */
export const commandLine = (command: readonly string[]): string =>
  ['/bin/sh', '-c', ...['exec "$0" "$@"', ...command].map(word => quoted(word).replaceAll('$', '$$$$'))].join(' ');

/** A section with its settings; a setting without a value is left out, one with several has a line for each. */
export function section(
  name: string,
  settings: Readonly<Record<string, string | number | readonly string[] | undefined>>,
): string {
  const lines = Object.entries(settings).flatMap(([key, value]) => {
    if (value === undefined) return [];
    return typeof value === 'object' ? value.map(one => `${key}=${one}`) : [`${key}=${value}`];
  });
  return `[${name}]\n${lines.join('\n')}\n`;
}

/** Why a path cannot stand in a unit: one line is all there is, and blanks at its end are lost. */
export function unfitFor(file: string): string | undefined {
  if (/[\n\r\0]/.test(file)) return `systemd cannot be told of a path with a line break: ${JSON.stringify(file)}.`;
  return /\s$/.test(file) ? `systemd cannot be told of a path that ends in a blank: “${file}”.` : undefined;
}
