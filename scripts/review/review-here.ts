import type { Environment } from '../../core/config.ts';
import { type Json, Json as JsonSchema } from '../../core/digest.ts';
import { isPlain, terminalLine } from '../../core/inert.ts';
import { JournalReader } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { fail, ok, type Result, sentence } from '../../core/outcome.ts';
import { parseJsonStrictly } from '../../core/strict-json.ts';
import { Vault } from '../../core/vault.ts';
import { type Action, Book } from '../../orchestrator/execute/book.ts';
import { decide } from '../commands/decide.ts';
import { tellIfDown } from '../commands/find.ts';
import { readStatus, type Waiting } from '../commands/status.ts';
import { ageOf } from '../commands/status-text.ts';
import { askKey, askLine, type Key } from './ask.ts';
import { edited } from './editor.ts';
import { approveChanged, readShown } from './note.ts';
import { payloadText, type Sheet } from './payload.ts';
import { answerHere } from './question.ts';

export type Outcome = 'approved' | 'rejected' | 'answered' | 'skipped' | 'quit';
const KINDS: readonly Waiting['kind'][] = ['approval', 'held', 'question'];

/** Shows what waits one by one, whole, and does what one key says. Nothing is decided without one. */
export async function reviewHere(environment: Environment): Promise<number> {
  const opened = openVault(environment);
  if (!opened.ok) return EXIT.usage;
  const { root } = opened.value;
  const vault = new Vault(root, 'person');
  const counts = new Map<Outcome, number>();
  const seen = new Set<string>();
  for (;;) {
    const status = readStatus(environment);
    if (!status.ok) return complain(sentence(status.failure));
    const open = status.value.waiting.filter(({ kind, id }) => KINDS.includes(kind) && !seen.has(id));
    const [next] = open;
    if (next === undefined) break;
    seen.add(next.id);
    const now = new Date();
    say(`\n${open.length} to look at · ${next.id} · ${ageOf(next.since, now)}`);
    const outcome =
      next.kind === 'question'
        ? await answerHere(environment, vault, next)
        : await decideHere(environment, vault, next);
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    if (outcome === 'quit') break;
  }
  const said = [...counts].filter(([what]) => what !== 'quit').map(([what, count]) => `${count} ${what}`);
  if (seen.size === 0) say('Nothing waits for you. What Steward decided by itself:  steward review --since 24h');
  else say(said.length === 0 ? 'Nothing was decided.' : `${said.join(', ')}.`);
  return EXIT.ok;
}

/** What the ledger says of one open action. */
function actionOf(ledger: string, id: string): Action | undefined {
  const book = new Book();
  for (const record of new JournalReader(ledger, LedgerRecord).each()) book.apply(record);
  return book.actions.get(id);
}

async function decideHere(environment: Environment, vault: Vault, one: Waiting): Promise<Outcome> {
  const opened = openVault(environment);
  const action = opened.ok ? actionOf(opened.value.state.ledger, one.id) : undefined;
  if (!opened.ok || action === undefined) return skip('It is decided already.');
  const shown = readShown(vault, one.note, action);
  if (shown.kind === 'decided') return skip('Its note is decided already, and about to be taken.');
  if (shown.kind === 'missing') return skip(`Its note is not at ${one.note} any more, so it is left to what moved it.`);
  if (shown.kind === 'unreadable') {
    say(`${one.note} is not as Steward wrote it: ${terminalLine(shown.why)} It can only be rejected.`);
  }
  const { proposed } = action;
  const own = new Map<string, Json>();
  const mayEdit = one.kind === 'approval' && proposed.signature === undefined && proposed.server !== 'steward';
  for (;;) {
    const isReadable = shown.kind === 'as recorded' || shown.kind === 'changed';
    const values = { ...(isReadable ? shown.values : proposed.arguments), ...Object.fromEntries(own) };
    say(payloadText(proposed, values, sheetOf(environment)));
    const isChanged = own.size > 0 || shown.kind === 'changed';
    const key = await askKey(
      'What shall happen?',
      keysFor(one, isReadable, isReadable && mayEdit, isChanged, proposed),
    );
    if (key === 's') return 'skipped';
    if (key === 'q' || key === undefined) return 'quit';
    if (key === 'e') {
      const changed = await editOne(environment, opened.value.state.tmp, values);
      if (changed.ok) own.set(changed.value.name, changed.value.value);
      else if (changed.failure.message !== '') say(sentence(changed.failure));
      continue;
    }
    if (key === 'r') {
      const reason = await askLine('Why not? It is remembered.', '', 'Enter for no reason');
      if (reason === undefined) continue;
      return said(decide(environment, one.id, { decision: 'rejected', reason, sign: false }), 'rejected');
    }
    if (!isReadable) continue;
    if (!isChanged) {
      const sign = proposed.signature !== undefined;
      return said(decide(environment, one.id, { decision: 'approved', reason: '', sign }), 'approved');
    }
    const done = approveChanged(vault, one.note, shown.note, own);
    if (!done.ok) return skip(sentence(done.failure));
    say(`approved  ${one.id}  with your changes, in ${one.note}`);
    tellIfDown(opened.value.state);
    return 'approved';
  }
}

function keysFor(
  { kind }: Waiting,
  mayApprove: boolean,
  mayEdit: boolean,
  isChanged: boolean,
  { signature }: Action['proposed'],
): readonly Key[] {
  const yes = isChanged ? 'approve, with the changes' : kind === 'held' ? 'approve now' : 'approve';
  return [
    { value: 's', label: 'skip' },
    ...(mayApprove ? [{ value: 'a', label: signature === undefined ? yes : 'approve and sign' }] : []),
    { value: 'r', label: 'reject, with a reason' },
    ...(mayEdit ? [{ value: 'e', label: 'edit a value' }] : []),
    { value: 'q', label: 'quit' },
  ];
}

const LETTERS = 'abcdefghijklmnoprstuvwxyz';

/** Lets the person change one value: a line here, anything longer in the editor. */
async function editOne(
  { editor }: Environment,
  folder: string,
  values: Readonly<Record<string, Json>>,
): Promise<Result<{ name: string; value: Json }>> {
  const names = Object.keys(values).slice(0, LETTERS.length);
  const keys = names.map((name, index) => ({ value: LETTERS[index] ?? name, label: name }));
  const key = await askKey('Which one?', [{ value: 'q', label: 'none' }, ...keys]);
  const name = names[keys.findIndex(({ value }) => value === key)];
  const before = name === undefined ? undefined : values[name];
  if (name === undefined || before === undefined) return fail('invalid', '');
  if (typeof before === 'string' && isPlain(before) && !before.includes('\n')) {
    const line = await askLine(name, before);
    return line === undefined ? fail('invalid', '') : ok({ name, value: line });
  }
  const isText = typeof before === 'string' && isPlain(before);
  const given = edited(isText ? before : JSON.stringify(before, null, 2), isText ? 'txt' : 'json', editor, folder);
  if (!given.ok || isText) return given.ok ? ok({ name, value: given.value }) : given;
  const parsed = parseJsonStrictly(given.value);
  const value = parsed.ok ? JsonSchema.safeParse(parsed.value) : undefined;
  if (value?.success) return ok({ name, value: value.data });
  return fail('invalid', `“${name}” was not changed: ${parsed.ok ? 'it is no value' : parsed.failure.message}`);
}

function said(code: number, outcome: Outcome): Outcome {
  return code === EXIT.ok ? outcome : 'skipped';
}

function skip(why: string): 'skipped' {
  say(terminalLine(why));
  return 'skipped';
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function complain(why: string): number {
  process.stderr.write(`${why}\n`);
  return EXIT.failure;
}

const sheetOf = ({ colour }: Environment): Sheet => ({ width: process.stdout.columns || 80, colour });
