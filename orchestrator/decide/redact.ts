import type { Json } from '../../core/digest.ts';
import type { Arguments } from '../../core/envelope.ts';
import { guardedDeep, leftOutOf, secretIn } from '../../core/guarded.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';

const MEND = 'Say in the task what is meant without it, or do this yourself.';

/**
 * The arguments of a proposal as they may stand in a note: before anything is prepared or sealed, so that what is shown
 * is what is done. Where the secret is all there is of a value, nothing is left to do, and it is refused.
 */
export function redactArguments(args: Arguments): Result<Arguments> {
  const cleaned = guardedDeep(args, 'a proposal');
  for (const [name, value] of Object.entries(cleaned)) {
    const held = onlyLeftOut(value);
    if (held !== undefined)
      return fail('denied', `Its “${name}” would be ${held}, which never stands in a note.`, MEND);
  }
  return ok(cleaned);
}

/** Whether a value that says where something goes has lost a part: to another place than was meant. */
export function checkRouting(args: Arguments, routing: readonly string[]): Result<'whole'> {
  for (const name of routing) {
    const held = leftOutOf(JSON.stringify(args[name] ?? ''));
    if (held !== undefined)
      return fail('denied', `Its “${name}” would hold ${held}, which never stands in a note.`, MEND);
  }
  return ok('whole');
}

/** Nothing that is put before a person may hold a secret: not what they typed into a value either. */
export function checkShown(shown: unknown): Result<'clean'> {
  const held = secretIn(shown);
  if (held === undefined) return ok('clean');
  return fail('denied', `It would show ${held}, which never stands in a note.`, MEND);
}

function onlyLeftOut(value: Json): string | undefined {
  if (typeof value === 'string') {
    const held = leftOutOf(value);
    return held !== undefined && /^\s*\[[^[\]]*\]\s*$/.test(value) ? held : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.values(value)
    .map(onlyLeftOut)
    .find(held => held !== undefined);
}
