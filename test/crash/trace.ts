import { readFileSync } from 'node:fs';

/** One thing that a process did to the disk, with absolute paths. */
export type DiskEvent =
  | { readonly kind: 'create' | 'unlink' | 'mkdir' | 'sync'; readonly path: string }
  | { readonly kind: 'write'; readonly path: string; readonly data: Buffer; readonly at: number | undefined }
  | { readonly kind: 'truncate'; readonly path: string; readonly size: number }
  | { readonly kind: 'link' | 'rename'; readonly path: string; readonly to: string };

/** strace’s arguments for a trace that `readTrace` understands. */
export const RECORD = [
  ...['-f', '--seccomp-bpf', '-yy', '-xx', '-s', '4000000', '-e'],
  'trace=open,openat,creat,write,pwrite64,fsync,fdatasync,ftruncate,truncate,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir,writev,pwritev,copy_file_range,sendfile,symlink',
];

const plain = (hex: string): Buffer => Buffer.from(hex.replaceAll('\\x', ''), 'hex');
const text = (hex: string | undefined): string => plain(hex ?? '').toString('utf8');
/** The path behind a descriptor that strace shows as `21<\x2f…>`, without the mark of a file whose name is gone. */
const behind = (descriptor: string | undefined): string =>
  text(/<((?:\\x[0-9a-f]{2})*)>/.exec(descriptor ?? '')?.[1]).replace(/ \(deleted\)$/, '');

/** Reads what processes did below a folder, in the order in which it was done. Throws on a call it has no model of. */
export function readTrace(file: string, below: string): DiskEvent[] {
  const events: DiskEvent[] = [];
  const open = new Map<string, string>();
  for (const line of readFileSync(file, 'latin1').split('\n')) {
    const [, pid = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const begun = /^(.*) <unfinished \.\.\.>$/.exec(rest)?.[1];
    if (begun !== undefined) {
      open.set(pid, begun);
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)?.[1];
    const whole = resumed === undefined ? rest : `${open.get(pid) ?? ''}${resumed}`;
    const call = /^(\w+)\((.*)\) += (\S+)/.exec(whole);
    if (call === null || (call[3] ?? '').startsWith('-') || call[3] === '?') continue;
    const event = eventOf(call[1] ?? '', call[2] ?? '', call[3] ?? '');
    if (event?.path.startsWith(`${below}/`) === true) events.push(event);
  }
  return events;
}

function eventOf(call: string, args: string, result: string): DiskEvent | undefined {
  const strings = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(match => match[1]);
  const [first, second] = strings;
  switch (call) {
    case 'open':
    case 'openat':
    case 'creat':
      if (args.includes('O_TRUNC')) return { kind: 'truncate', path: text(first), size: 0 };
      return args.includes('O_CREAT') ? { kind: 'create', path: text(first) } : undefined;
    case 'write':
    case 'pwrite64': {
      const at = call === 'write' ? undefined : Number(args.split(', ').at(-1));
      return { kind: 'write', path: behind(args), data: plain(first ?? '').subarray(0, Number(result)), at };
    }
    case 'fsync':
    case 'fdatasync':
      return { kind: 'sync', path: behind(args) };
    case 'ftruncate':
      return { kind: 'truncate', path: behind(args), size: Number(args.split(', ').at(-1)) };
    case 'truncate':
      return { kind: 'truncate', path: text(first), size: Number(args.split(', ').at(-1)) };
    case 'rename':
    case 'renameat':
    case 'renameat2':
      return { kind: 'rename', path: text(first), to: text(second) };
    case 'link':
    case 'linkat':
      return { kind: 'link', path: text(first), to: text(second) };
    case 'unlink':
    case 'unlinkat':
      return { kind: 'unlink', path: text(first) };
    case 'mkdir':
    case 'mkdirat':
      return { kind: 'mkdir', path: text(first) };
    default: {
      // Pipes and sockets are no files; anything else would be missing from the model.
      const path = behind(args) || text(first);
      return path.startsWith('/') && !path.startsWith('/dev/') ? unknown(call, path) : undefined;
    }
  }
}

/** Only calls below the recorded folder matter; they show up in the model as a path that was never made. */
function unknown(call: string, path: string): DiskEvent {
  return { kind: 'unlink', path: `${path}/(no model of ${call})` };
}
