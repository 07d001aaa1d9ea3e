/**
 * Text in the form `format=flowed` with its lines put together again (RFC 3676): a line that ends in a blank goes on in
 * the next of the same depth. `delSp`: that blank is none of the text.
 */
export function unflowed(text: string, delSp: boolean): string {
  const lines: string[] = [];
  let open: { depth: number; parts: string[] } | undefined;
  const close = (): void => {
    if (open !== undefined)
      lines.push(
        `${'>'.repeat(open.depth)}${open.depth > 0 || open.parts[0]?.startsWith('>') ? ' ' : ''}${open.parts.join('')}`,
      );
    open = undefined;
  };
  for (const line of text.split(/\r?\n/)) {
    const depth = /^>{0,100}/.exec(line)?.[0].length ?? 0;
    const bare = line.slice(depth).replace(/^ /, '');
    if (open !== undefined && open.depth !== depth) close();
    const isSignature = bare === '-- ';
    if (isSignature) close();
    open ??= { depth, parts: [] };
    const flows = bare.endsWith(' ') && !isSignature;
    open.parts.push(flows && delSp ? bare.slice(0, -1) : bare);
    if (!flows) close();
  }
  close();
  return lines.join('\n');
}
