import { spawn } from 'node:child_process';
import { LAUNCH } from './cli.ts';

/**
 * Runs the command line at a terminal of its own (script(1) makes one), and types answers as soon as their prompt is
 * there. Resolves with everything that stood on the screen.
 */
export function atTerminal(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  answers: readonly { readonly prompt: RegExp; readonly type: string }[],
): Promise<{ readonly code: number; readonly screen: string }> {
  const command = [process.execPath, LAUNCH, ...args].map(word => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const child = spawn('script', ['-qec', command, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const left = [...answers];
  let screen = '';
  child.stdin.on('error', () => undefined);
  child.stdout.on('data', (data: Buffer) => {
    screen += String(data);
    const [next] = left;
    if (next === undefined || !next.prompt.test(screen)) return;
    left.shift();
    child.stdin.write(`${next.type}\n`);
  });
  const deadline = setTimeout(() => child.kill('SIGKILL'), 60_000);
  return new Promise(resolve => {
    child.on('close', code => {
      clearTimeout(deadline);
      resolve({ code: code ?? -1, screen });
    });
  });
}
