import { spawn } from 'node:child_process';
import { LAUNCH } from './cli.ts';

/** What to wait for on the screen since the last key, and what to type then, sign by sign as it stands. */
export type Typed = { readonly when: RegExp; readonly keys: string };

/** Runs the command line at a terminal of 80 columns (script(1) makes one) and types; resolves with all that was shown. */
export function typing(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  typed: readonly Typed[],
): Promise<{ readonly code: number; readonly screen: string }> {
  const words = [process.execPath, LAUNCH, ...args].map(word => `'${word.replaceAll("'", `'\\''`)}'`);
  const command = `stty rows 40 cols 80; exec ${words.join(' ')}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const left = [...typed];
  let screen = '';
  let mark = 0;
  child.stdin.on('error', () => undefined);
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    screen += data;
    const [next] = left;
    if (next === undefined || !next.when.test(screen.slice(mark))) return;
    mark = screen.length;
    left.shift();
    child.stdin.write(next.keys);
  });
  const deadline = setTimeout(() => child.kill('SIGKILL'), 45_000);
  return new Promise(resolve => {
    child.on('close', code => {
      clearTimeout(deadline);
      resolve({ code: code ?? -1, screen: screen.replaceAll('\r\n', '\n') });
    });
  });
}
