import type { Socket } from 'node:net';

export type Token = string | Buffer | readonly Token[];
export type ImapCommand = { readonly tag: string; readonly name: string; readonly args: readonly Token[] };

/** A token as text; a list has none. */
export const textOf = (token: Token | undefined): string =>
  token === undefined || (Array.isArray(token) && !Buffer.isBuffer(token)) ? '' : String(token);
export const listOf = (token: Token | undefined): readonly Token[] =>
  Array.isArray(token) ? token : token === undefined || typeof token !== 'string' ? [] : [token];

export function headOf(bytes: Buffer): string {
  const text = bytes.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  return end === -1 ? text : text.slice(0, end + 4);
}

export function headerOf(head: string, name: string): string {
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const found = lines.find(line => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return found?.slice(name.length + 1).trim() ?? '';
}

/** Takes what comes from a client and gives whole commands, literals and all (RFC 3501, 4.3 and RFC 7888). */
export function commandsOf(socket: Socket): (data: Buffer) => readonly ImapCommand[] {
  let input = Buffer.alloc(0);
  let line = '';
  let literals: Buffer[] = [];
  let wants: number | undefined;
  /** An AUTHENTICATE whose proof comes on a line of its own (RFC 3501, 6.2.2). */
  let proving: ImapCommand | undefined;
  return data => {
    input = Buffer.concat([input, data]);
    const commands: ImapCommand[] = [];
    for (;;) {
      if (wants !== undefined) {
        if (input.length < wants) return commands;
        literals.push(input.subarray(0, wants));
        line += `\0${literals.length - 1}\0`;
        input = input.subarray(wants);
        wants = undefined;
      }
      const at = input.indexOf('\r\n');
      if (at === -1) return commands;
      line += input.subarray(0, at).toString('latin1');
      input = input.subarray(at + 2);
      if (proving !== undefined) {
        commands.push({ ...proving, args: [...proving.args, line] });
        [line, proving] = ['', undefined];
        continue;
      }
      const literal = /\{(\d+)(\+?)\}$/.exec(line);
      if (literal !== null) {
        line = line.slice(0, literal.index);
        wants = Number(literal[1]);
        if (literal[2] === '') socket.write('+ go on\r\n');
        continue;
      }
      const [tag = '', first = '', ...args] = tokensOf(line, literals);
      const isUid = textOf(first).toUpperCase() === 'UID';
      const name = isUid ? `UID ${textOf(args[0])}` : textOf(first);
      const command = { tag: textOf(tag), name: name.toUpperCase(), args: isUid ? args.slice(1) : args };
      if (command.name === 'AUTHENTICATE' && args.length === 1) {
        proving = command;
        socket.write('+ \r\n');
      } else commands.push(command);
      line = '';
      literals = [];
    }
  };
}

function tokensOf(line: string, literals: readonly Buffer[]): readonly Token[] {
  const top: Token[] = [];
  const open: Token[][] = [top];
  for (const [whole, quoted, literal] of line.matchAll(
    /"((?:[^"\\]|\\.)*)"|\0(\d+)\0|[()]|(?:\[[^\]]*\]|[^\s()"\0])+/g,
  )) {
    const into = open.at(-1) ?? top;
    if (whole === '(') {
      const list: Token[] = [];
      into.push(list);
      open.push(list);
    } else if (whole === ')') open.pop();
    else if (literal !== undefined) into.push(literals[Number(literal)] ?? Buffer.alloc(0));
    else into.push(quoted === undefined ? whole : quoted.replace(/\\(.)/g, '$1'));
  }
  return top;
}
