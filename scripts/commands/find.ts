import type { Environment } from '../../core/config.ts';
import { type OpenVault, openVault } from '../../core/open-vault.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { isLocked, type StateFolder } from '../../core/state-folder.ts';
import { readStatus, type Waiting } from './status.ts';

/** What waits under an id that may be shortened while it is unique: with or without the kind in front. */
export function findWaiting(
  environment: Environment,
  id: string,
  kinds: readonly Waiting['kind'][],
): Result<{ opened: OpenVault; found: Waiting }> {
  const opened = openVault(environment);
  if (!opened.ok) return opened;
  const status = readStatus(environment);
  if (!status.ok) return status;
  const { waiting: open, lapsed } = status.value;
  const [kind = 'approval'] = kinds;
  const waiting = [...open, ...lapsed].filter(one => kinds.includes(one.kind));
  const wanted = id.trim().replace(/^.*\//, '').replace(/\.md$/, '');
  if (wanted === '') return fail('invalid', `Which ${kind}?`, 'Its id stands in `steward status`.');
  const exact = waiting.filter(one => one.id === wanted);
  const fitting = waiting.filter(
    one =>
      one.id.startsWith(wanted) ||
      one.id.replace(/^[a-z]+-/, '').startsWith(wanted) ||
      one.note.endsWith(`/${wanted}.md`),
  );
  const found = exact.length === 1 ? exact : fitting;
  const [first] = found;
  if (first !== undefined && found.length === 1) return ok({ opened: opened.value, found: first });
  const listed = waiting.map(one => one.id).join(', ');
  if (first === undefined)
    return fail(
      'invalid',
      `No ${kind} waits under “${id}”.`,
      listed === '' ? `No ${kind} waits at all.` : `Waiting: ${listed}.`,
    );
  return fail('invalid', `“${id}” fits more than one ${kind}: ${found.map(one => one.id).join(', ')}.`);
}

/** Says, beside the answer that scripts read, when what was said will be acted on. */
export function tellIfDown(state: StateFolder): void {
  if (!isLocked(state, 'executor'))
    process.stderr.write('Steward does not run; this is acted on at the next  steward start\n');
}
