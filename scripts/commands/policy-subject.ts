import { z } from 'zod';
import { Arguments, actionName, type Envelope, Origin } from '../../core/envelope.ts';
import { JournalReader } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { readOffers } from '../../core/offers.ts';
import { fail, messageOf, ok, type Result } from '../../core/outcome.ts';
import { UNTOLD } from '../../core/reach.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { Judged } from '../../orchestrator/decide/facts.ts';
import { Book } from '../../orchestrator/execute/book.ts';

/** What is explained: an action on record, or one that might be. */
export type Subject = {
  readonly judged: Judged;
  /** The id of the action on record. */
  readonly id: string | undefined;
  /** When it was approved, in milliseconds since the epoch. */
  readonly approvedAt: number | undefined;
  /** What was taken for granted, a sentence each. */
  readonly assumed: readonly string[];
};

/** The ledger read once: the book as it stands, and the actions that a word may mean. */
export type Known = { readonly book: Book; readonly subjects: readonly Subject[] };

/** Reads the ledger; `wanted` is the beginning of an action’s id, with or without the kind in front. */
export function readKnown(state: StateFolder, wanted: string): Result<Known> {
  const book = new Book();
  const envelopes = new Map<string, Envelope>();
  const approvals = new Map<string, number>();
  try {
    for (const record of new JournalReader(state.ledger, LedgerRecord).each()) {
      book.apply(record);
      const { body } = record;
      if (body.kind === 'PROPOSED' && isMeant(body.envelope.id, wanted)) envelopes.set(body.envelope.id, body.envelope);
      if (body.kind !== 'APPROVED' || !envelopes.has(body.id)) continue;
      approvals.set(body.id, Date.parse(record.at));
      if (body.envelope !== undefined) envelopes.set(body.id, body.envelope);
    }
  } catch (error) {
    return fail('permanent', messageOf(error), 'Run `steward verify`.');
  }
  const subjects = [...envelopes].map(
    ([id, judged]): Subject => ({ judged, id, approvedAt: approvals.get(id), assumed: [] }),
  );
  return ok({ book, subjects });
}

const isMeant = (id: string, wanted: string): boolean =>
  wanted !== '' && (id.startsWith(wanted) || id.replace(/^[a-z]+-/, '').startsWith(wanted));

export type Options = { readonly with?: string; readonly from?: string; readonly source?: string };

/** The action that is meant: `server.tool` with arguments, or an id that may be shortened while it is unique. */
export function findSubject(given: string, options: Options, state: StateFolder, known: Known): Result<Subject> {
  const [, server, tool] = /^([a-z][a-z0-9]*)\.([a-z][a-z0-9_]*)$/.exec(given) ?? [];
  if (server !== undefined && tool !== undefined) return imagined(server, tool, options, state);
  const exact = known.subjects.filter(({ id }) => id === given);
  const found = exact.length === 1 ? exact : known.subjects;
  const [first] = found;
  if (first === undefined)
    return fail('invalid', `No action is known under “${given}”.`, 'Give an id, or server.tool such as email.send.');
  if (found.length > 1)
    return fail(
      'invalid',
      `“${given}” fits more than one action: ${found
        .map(({ id }) => id)
        .slice(0, 8)
        .join(', ')}.`,
    );
  return ok(first);
}

const KINDS = ['person', 'handbook', 'contacts', 'rule', 'dropped', 'incoming', 'web', 'model', 'unknown'] as const;
const From = z.enum(KINDS);

function imagined(server: string, tool: string, options: Options, state: StateFolder): Result<Subject> {
  const values = argumentsOf(options.with ?? '{}');
  if (!values.ok) return values;
  const from = From.safeParse(options.from ?? 'person');
  if (!from.success) return fail('invalid', `“${options.from}” is no origin.`, `It is one of ${KINDS.join(', ')}.`);
  const offers = readOffers(state.offers)?.offers ?? [];
  const offer = offers.find(one => one.server === server && one.tool === tool);
  const origin = Origin.parse({ kind: from.data, ...DETAILS[from.data] });
  const judged: Judged = {
    ...{ server, tool, attachments: [], source: options.source ?? 'person', arguments: values.value },
    origins: Object.fromEntries(Object.keys(values.value).map(name => [name, origin])),
    reach: offer?.reach ?? UNTOLD,
    exposure: { untrusted: [], private: [] },
  };
  const assumed = [
    ...(offer === undefined
      ? [`No server is known to offer ${actionName({ server, tool })}, so it is taken for the worst.`]
      : []),
    ...(Object.keys(values.value).length === 0
      ? ['Without arguments: give them by --with to be told about them.']
      : []),
    `The task comes from “${judged.source}” and has read nothing; each value comes from “${from.data}”.`,
  ];
  return ok({ judged, id: undefined, approvedAt: undefined, assumed });
}

/** What an origin needs beside its kind. */
const DETAILS: Readonly<Partial<Record<z.infer<typeof From>, Readonly<Record<string, string>>>>> = {
  contacts: { note: 'Memory/People' },
  rule: { skill: 'Skills' },
  dropped: { path: '' },
  incoming: { source: 'message' },
  web: { url: 'https://example.com' },
};

function argumentsOf(text: string): Result<Arguments> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fail(
      'invalid',
      `What follows --with is not JSON: ${messageOf(error)}.`,
      `Such as '{"to": ["anna@example.com"]}'.`,
    );
  }
  const parsed = Arguments.safeParse(value);
  if (!parsed.success) return fail('invalid', 'What follows --with is not names with values in small letters.');
  return ok(parsed.data);
}
