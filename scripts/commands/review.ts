import type { Environment } from '../../core/config.ts';
import { terminalLine, visibleJson } from '../../core/inert.ts';
import { JournalReader } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { localTime } from '../../core/names.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { fail, ok, type Result, sentence } from '../../core/outcome.ts';
import { type Decided, KINDS, type Kind, Review } from '../../orchestrator/report/review.ts';

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };
/** Local times by their length: a day, a minute, a second. */
const LOCAL = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?$/;

/** `24h`, `7d`, or a local day or time such as `2026-11-20`. */
export function readSince(given: string, now: Date): Result<Date> {
  const [, count, unit = ''] = /^(\d{1,5})\s*([mhdw])$/i.exec(given.trim()) ?? [];
  const length = UNITS[unit.toLowerCase()];
  if (count !== undefined && length !== undefined) return ok(new Date(now.getTime() - Number(count) * length));
  if (LOCAL.test(given.trim())) {
    const text = given.trim().replace(' ', 'T');
    const at = new Date(text.includes('T') ? text : `${text}T00:00`);
    // A 31st of a month without one would be taken for the first of the next.
    if (localTime(at).startsWith(text)) return ok(at);
  }
  return fail('invalid', `“${given}” is no time to begin at.`, 'Say 24h, 7d, 2w, or a day such as 2026-11-20.');
}

const HEADS: Readonly<Record<Kind, string>> = {
  green: 'Done without asking (green)',
  yellow: 'Done after a hold in which you could say no (yellow)',
  refused: 'Refused before you were asked',
  held: 'Held now: move it to Rejected to take it back',
  capped: 'Over a cap now: it waits',
  lapsed: 'Lapsed: nobody decided in time',
  withdrawn: 'Taken back or replaced',
  brakes: 'Stopped or paused by Steward itself',
};

/** Lists the decisions that no person made. */
export function review(environment: Environment, since: string, asJson: boolean): number {
  const opened = openVault(environment);
  const from = opened.ok ? readSince(since, new Date()) : opened;
  if (!opened.ok || !from.ok) {
    if (!from.ok) process.stderr.write(`${sentence(from.failure)}\n`);
    return EXIT.usage;
  }
  const reader = new JournalReader(opened.value.state.ledger, LedgerRecord);
  const seen = new Review(from.value.toISOString());
  for (const record of reader.each()) seen.take(record);
  const found = seen.found();
  const totals = Object.fromEntries(KINDS.map(kind => [kind, found.filter(one => one.kind === kind).length]));
  if (asJson) {
    const said = { since: from.value.toISOString(), totals: { ...totals, by_person: seen.decided }, decisions: found };
    process.stdout.write(`${visibleJson(said)}\n`);
  } else process.stdout.write(asText(found, from.value, seen.decided));
  if (reader.unread === 0) return EXIT.ok;
  process.stderr.write(`The ledger is damaged behind record ${reader.head.seq}. Run  steward verify\n`);
  return EXIT.failure;
}

function asText(found: readonly Decided[], from: Date, byPerson: number): string {
  const parts = KINDS.flatMap(kind => {
    const mine = found.filter(one => one.kind === kind);
    return mine.length === 0 ? [] : ['', `${HEADS[kind]}: ${mine.length}`, ...mine.flatMap(lines)];
  });
  const since = localTime(from).slice(0, 16).replace('T', ' ');
  const by = `You decided ${byPerson === 1 ? 'one thing' : `${byPerson} things`} yourself.`;
  const head =
    found.length === 0
      ? `Since ${since} Steward decided nothing by itself. ${by}`
      : `Since ${since} Steward decided this by itself. ${by}`;
  const more = found.some(({ id }) => id !== '') ? ['', 'More about one of them:  steward why ID'] : [];
  return `${[head, ...parts, ...more].join('\n')}\n`;
}

function lines({ at, id, action, title, why, state }: Decided): string[] {
  const when = localTime(new Date(at)).slice(5, 16).replace('T', ' ');
  const became = state === '' || state === 'held' || state === 'capped' ? '' : `  → ${state}`;
  const plain = (text: string): string => terminalLine(text.replace(/\s+/g, ' '));
  return [
    `  ${when}  ${plain(title)}${became}`,
    ...(id === '' ? [] : [`               ${id} (${plain(action)})`]),
    ...why.filter(one => one !== '').map(one => `               ${plain(one)}`),
  ];
}
