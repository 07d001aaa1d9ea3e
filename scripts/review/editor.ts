import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fail, messageOf, ok, type Result } from '../../core/outcome.ts';

/**
 * Lets the person change a text in their editor, and gives back what they saved. `folder` is private to the person; what
 * is put there is gone when this returns.
 */
export function edited(text: string, ending: 'txt' | 'json', editor: string, folder: string): Result<string> {
  const place = mkdtempSync(path.join(folder, 'edit-'));
  try {
    const file = path.join(place, `value.${ending}`);
    writeFileSync(file, `${text}\n`, { mode: 0o600 });
    // An editor may be given with options, as in `code --wait`.
    const done = spawnSync('sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
    if (done.status !== 0)
      return fail('permanent', `The editor (${editor}) ended without saving; nothing was changed.`);
    return ok(readFileSync(file, 'utf8').replace(/\r\n/g, '\n').replace(/\n$/, ''));
  } catch (error) {
    return fail('permanent', `The editor (${editor}) could not be used: ${messageOf(error)}`);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
