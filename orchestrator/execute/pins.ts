import { digestOf, Json } from '../../core/digest.ts';
import { type Offer, readOffers, writeOffers } from '../../core/offers.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { VERSION } from '../../core/version.ts';
import type { Pin } from './book.ts';
import type { ExecutorContext } from './context.ts';
import type { Ledger } from './ledger.ts';
import type { Definition } from './servers.ts';

/** The tools of a server that are not what they were when this version of Steward first used them. */
export function changedTools(known: Pin | undefined, definitions: ReadonlyMap<string, Definition>): readonly string[] {
  if (known?.version !== VERSION) return [];
  return [...definitions.values()].flatMap(({ name, hash }) => {
    const before = known.definitions[name];
    return before !== undefined && before !== hash ? [name] : [];
  });
}

/**
 * Compares a server’s tools with those on record. New tools are put on record; a tool that changed while Steward itself
 * did not is refused, since somebody changed what an approval means.
 */
export async function checkPins(
  ledger: Ledger,
  server: string,
  definitions: ReadonlyMap<string, Definition>,
): Promise<Result<'same'>> {
  const now = Object.fromEntries([...definitions].map(([name, { hash }]) => [name, hash]));
  const known = ledger.book.pins.get(server);
  const changed = changedTools(known, definitions);
  if (changed.length > 0) {
    return fail('denied', `its tools ${changed.join(', ')} are not what they were when they were first used`);
  }
  const merged = known?.version === VERSION ? { ...known.definitions, ...now } : now;
  if (known === undefined || digestOf({ ...known.definitions }) !== digestOf(merged) || known.version !== VERSION) {
    await ledger.record({ kind: 'PINNED', server, definitions: merged, version: VERSION });
  }
  return ok('same');
}

/**
 * Writes down what the servers offer, where that may have changed; the planner reads it. What a server that does not
 * start would offer is missing until the next call: such a list is not taken for the whole.
 */
export async function publishOffers({ servers, state, config, log }: ExecutorContext): Promise<void> {
  const key = digestOf(Json.parse({ version: VERSION, servers: servers.names, config: { ...config, settle: null } }));
  if (readOffers(state.offers)?.key === key) return;
  const offers: Offer[] = [];
  let isWhole = true;
  for (const server of servers.names) {
    const definitions = await servers.offered(server);
    if (!definitions.ok) {
      log.trouble(`offers ${server}`, definitions.failure.message);
      isWhole = false;
      continue;
    }
    for (const { name, title, description, schema, reach } of definitions.value.values()) {
      if (reach.by === 'steward') continue;
      offers.push({ server, tool: name, title, description, schema, reach });
    }
  }
  writeOffers(state.offers, state.tmp, { key: isWhole ? key : '', offers });
}
