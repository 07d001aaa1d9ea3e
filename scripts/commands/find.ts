import type { Environment } from '../../core/config.ts';
import { type OpenVault, openVault } from '../../core/open-vault.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { isLocked, type StateFolder } from '../../core/state-folder.ts';
import { readStatus, type Waiting } from './status.ts';

const MOST_LISTED = 8;

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
  const listed = listOf(waiting);
  if (first === undefined)
    return fail(
      'invalid',
      `No ${kind} waits under “${id}”.`,
      listed === '' ? `No ${kind} waits at all.` : `Waiting: ${listed}.`,
    );
  return fail('invalid', `“${id}” fits more than one ${kind}: ${listOf(found)}.`);
}

/** The ids, as many as one can read at a glance. */
function listOf(waiting: readonly Waiting[]): string {
  const shown = waiting.slice(0, MOST_LISTED).map(({ id }) => id);
  const more = waiting.length - shown.length;
  return `${shown.join(', ')}${more === 0 ? '' : ` and ${more} more, see \`steward status\``}`;
}

/** Says, beside the answer that scripts read, when what was said will be acted on. */
export function tellIfDown(state: StateFolder): void {
  if (!isLocked(state, 'executor'))
    process.stderr.write('Steward does not run; this is acted on at the next  steward start\n');
}
