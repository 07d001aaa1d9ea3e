import type { Environment } from '../../core/config.ts';
import { type OpenVault, openVault } from '../../core/open-vault.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { readStatus, type Waiting } from './status.ts';

/** What waits under an id that may be shortened while it is unique: with or without the kind in front. */
export function findWaiting(
  environment: Environment,
  id: string,
  kind: Waiting['kind'],
): Result<{ opened: OpenVault; found: Waiting }> {
  const opened = openVault(environment);
  if (!opened.ok) return opened;
  const status = readStatus(environment);
  if (!status.ok) return status;
  const waiting = status.value.waiting.filter(
    one => one.kind === kind || (kind === 'approval' && one.kind === 'retry'),
  );
  const wanted = id.replace(/\.md$/, '');
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
