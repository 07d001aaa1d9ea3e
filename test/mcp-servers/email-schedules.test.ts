import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import tls from 'node:tls';
import type { Json } from '../../core/digest.ts';
import type { Arguments, Envelope } from '../../core/envelope.ts';
import { isSettled } from '../../core/states.ts';
import { Vault } from '../../core/vault.ts';
import { FakeImap, type ImapFault } from '../fakes/imap.ts';
import { type ClickFault, FakeList } from '../fakes/one-click.ts';
import { FakeSmtp, type Fault } from '../fakes/smtp.ts';
import { InProcess } from '../helpers/in-process.ts';
import { PASSWORD, toolsOf } from '../helpers/mail.ts';
import { type Attempt, type Fate, MortalExecutor } from '../helpers/mail-executor.ts';
import { hold } from '../helpers/policy.ts';

const LONG = process.env.STEWARD_TEST_LONG === '1';
// Nobody pulls the plug here, so memory is as good as a disk and many times as fast.
if (existsSync('/dev/shm')) process.env.TMPDIR = '/dev/shm';
/** Schedules of each path; five paths. */
const EACH = LONG ? 1000 : 40;

const POLICY = 'rules:\n  - name: everything that goes out\n    zone: red\n    egress: true\n';
const CONFIG =
  'settle: { note: 0, tick: 0, drop: 0 }\nbriefing: off\nemergency: { failures: 1000, effects_per_minute: 600 }\n';

const SMTP: readonly Fault[] = [
  ...(['greeting', 'mail', 'rcpt', 'data'] as const).flatMap((at): Fault[] => [
    { at, ends: 'reset' },
    { at, ends: 'hang' },
    { at, reply: '421 4.3.2 going down', ends: 'close' },
    { at, reply: '451 4.7.1 later' },
  ]),
  { at: 'dot', reply: '451 4.3.0 later' },
  ...[false, true].flatMap((keeps): Fault[] => [
    { at: 'dot', ends: 'reset', keeps },
    { at: 'dot', ends: 'close', keeps },
    { at: 'dot', ends: 'hang', keeps },
    { at: 'dot', reply: '999 what', keeps },
  ]),
  // A refusal after the effect is the one lie that no client can see through; a muddle instead of an answer is not.
  { at: 'dot', reply: '250 2.0.0 ok', ends: 'reset', keeps: true },
];
const IMAP: readonly ImapFault[] = [
  ...(['greeting', 'login', 'select', 'search'] as const).flatMap((at): ImapFault[] => [
    { at, ends: 'reset' },
    { at, ends: 'hang' },
  ]),
  { at: 'append', reply: 'NO [OVERQUOTA] full' },
  { at: 'append', reply: 'NO [SERVERBUG] sorry' },
  ...[false, true].flatMap((keeps): ImapFault[] => [
    { at: 'append', ends: 'reset', keeps },
    { at: 'append', ends: 'close', keeps },
    { at: 'append', ends: 'hang', keeps },
  ]),
];
const CLICK: readonly ClickFault[] = [
  { status: 500, keeps: true },
  { status: 503 },
  { status: 429 },
  { ends: 'break', keeps: true },
  { ends: 'break' },
  { ends: 'hang', keeps: true },
  { ends: 'hang' },
  { status: 302, location: '/x', keeps: true },
];
const FATES: readonly Fate[] = ['lives', 'lives', 'dies before', 'dies during', 'dies after', 'answer lost'];

const list = await FakeList.start();
const known = tls.getCACertificates('default');
tls.setDefaultCACertificates([...known, list.certificate]);
after(async () => {
  tls.setDefaultCACertificates(known);
  await list[Symbol.asyncDispose]();
});

const PATHS = ['send', 'reply', 'forward', 'unsubscribe', 'file_sent'] as const;
type Path = (typeof PATHS)[number];

function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const ORIGINAL = '<original@elsewhere.test>';
const head = `From: bob@elsewhere.test\nTo: me@example.test\nSubject: News\nMessage-ID: ${ORIGINAL}\nDate: Tue, 03 Nov 2026 10:00:00 +0000`;

/** Everything that one path’s schedules share. */
class Stage {
  readonly vault: InProcess;
  readonly path: Path;
  readonly smtp: FakeSmtp;
  readonly imap: FakeImap;
  readonly executor: MortalExecutor;
  /** What befalls the next attempts of a tool, and what does not go wrong any more after that. */
  script: { fate: Fate; smtp?: Fault | undefined; click?: ClickFault | undefined }[] = [];
  filing: { fate: Fate; imap?: ImapFault | undefined }[] = [];
  /** Whether the next looks for a copy fail. */
  looking: boolean[] = [];
  over = new AbortController();

  private constructor(vault: InProcess, path: Path, smtp: FakeSmtp, imap: FakeImap, isTheirs: boolean) {
    this.vault = vault;
    this.path = path;
    this.smtp = smtp;
    this.imap = imap;
    const settings: Json = {
      ...{
        from: 'me@example.test',
        host: '127.0.0.1',
        port: smtp.port,
        security: 'none',
        private_lists: ['localhost'],
      },
      imap: { host: '127.0.0.1', port: imap.port, security: 'none', sent: isTheirs ? 'provider' : 'steward' },
    };
    const tools = toolsOf(
      new Vault(this.vault.root, 'server'),
      settings,
      { STEWARD_EMAIL_PASSWORD: PASSWORD },
      `${this.vault.opened.state.servers}/email`,
    );
    this.executor = new MortalExecutor(this.vault, tools, {
      attempt: envelope => this.#next(envelope),
      look: envelope => this.#look(envelope),
    });
    smtp.struck = () => (smtp.fault?.ends === 'hang' && smtp.fault.reply === undefined ? this.over.abort() : undefined);
    imap.struck = () => (imap.fault?.ends === 'hang' ? this.over.abort() : undefined);
    if (path === 'unsubscribe') list.struck = () => (list.fault?.ends === 'hang' ? this.over.abort() : undefined);
  }

  static async start(path: Path, isTheirs: boolean): Promise<Stage> {
    const imap = await FakeImap.start('me@example.test', PASSWORD);
    imap.put(
      'INBOX',
      `${head}\nList-Unsubscribe: <${list.url}>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n\nHello.\n`,
    );
    const smtp = await FakeSmtp.start();
    const vault = new InProcess(CONFIG);
    await hold(vault, POLICY);
    const stage = new Stage(vault, path, smtp, imap, isTheirs);
    // The provider that files what goes through it does so at once.
    if (isTheirs) smtp.took = ({ message }) => imap.put('Sent', message);
    return stage;
  }

  #next({ tool }: Envelope): Attempt {
    const isFiling = tool === 'file_sent';
    const next = isFiling ? this.filing.shift() : this.script.shift();
    return {
      fate: next?.fate ?? 'lives',
      begin: () => {
        this.over = new AbortController();
        this.smtp.fault = next !== undefined && 'smtp' in next ? next.smtp : undefined;
        if (this.path === 'unsubscribe') list.fault = next !== undefined && 'click' in next ? next.click : undefined;
        this.imap.fault = next !== undefined && 'imap' in next ? next.imap : undefined;
        return this.over.signal;
      },
      end: () => this.calm(),
    };
  }

  /** Looking for a copy fails at times too; looking for what was sent does not, so that it can be said what is to be found. */
  #look({ tool }: Envelope): void {
    this.imap.fault =
      tool === 'file_sent' && this.looking.shift() === true ? { at: 'greeting', ends: 'reset' } : undefined;
  }

  calm(): void {
    this.smtp.fault = undefined;
    this.imap.fault = undefined;
    // One list serves all stages, and one of them uses it.
    if (this.path === 'unsubscribe') list.fault = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.executor.close();
    await this.smtp[Symbol.asyncDispose]();
    await this.imap[Symbol.asyncDispose]();
    await this.vault[Symbol.asyncDispose]();
  }
}

function argumentsOf(path: Path, subject: string): { tool: string; args: Arguments } {
  const mail = { to: ['anna@example.test'], text: 'Hello.' };
  switch (path) {
    case 'reply':
      return { tool: path, args: { ...mail, subject, in_reply_to: ORIGINAL } };
    case 'forward':
      return { tool: path, args: { ...mail, text: subject, message_id: ORIGINAL } };
    case 'unsubscribe':
      return { tool: path, args: { message_id: ORIGINAL, url: list.url } };
    default:
      return { tool: 'send', args: { ...mail, subject } };
  }
}

/** One schedule, to its end: how often it was delivered, how it ended, and whether the person was asked. */
async function run(stage: Stage, seed: number, isTheirs: boolean): Promise<void> {
  const random = randomFrom(seed);
  const pick = <T>(from: readonly T[]): T | undefined => from[random(from.length)];
  const { path, executor, smtp, imap } = stage;
  const mark = `schedule ${path} ${seed}`;
  const left = list.left;
  const isBad = path !== 'file_sent';
  stage.script = Array.from({ length: isBad ? 1 + random(3) : 0 }, () => {
    const fate = pick(FATES) ?? 'lives';
    const isFaulty = fate === 'dies during' || random(3) > 0;
    if (path === 'unsubscribe') return { fate, click: isFaulty ? pick(CLICK) : undefined };
    return { fate, smtp: isFaulty ? pick(SMTP) : undefined };
  });
  stage.filing = Array.from({ length: isBad ? random(2) : 1 + random(4) }, () => ({
    fate: pick(FATES) ?? 'lives',
    imap: random(4) > 0 ? pick(IMAP) : undefined,
  }));
  stage.looking = Array.from({ length: 3 }, () => random(2) === 0);
  const told = JSON.stringify({ seed, script: stage.script, filing: stage.filing });
  const { tool, args } = argumentsOf(path, mark);
  stage.calm();
  const id = await executor.approve(`mail-${String(seed).padStart(12, '0')}`, tool, args);
  const delivered = (): number =>
    path === 'unsubscribe' ? list.left - left : smtp.delivered.filter(({ message }) => message.includes(mark)).length;
  const copies = (): number => imap.messages('Sent').filter(message => message.includes(mark)).length;
  for (let round = 0; round < 30; round += 1) {
    await executor.drain();
    stage.calm();
    assert.ok(delivered() <= 1, `delivered ${delivered()} times: ${told}`);
    assert.ok(copies() <= 1, `${copies()} copies: ${told}`);
    const [question] = executor.book.questions.values();
    if (question !== undefined) {
      assert.equal(question.about, id, `only about what went out may be asked: ${told}`);
      // The person looks, and tells the truth.
      if (delivered() > 0) await executor.answer(id, 'It happened');
      else await executor.answer(id, random(2) === 0 ? 'It did not happen: try again' : 'It did not happen: leave it');
    } else if (executor.book.actions.size === 0 && executor.book.following.size === 0) break;
    else stage.vault.ahead.wall += 6.1 * 3_600_000;
    stage.vault.ahead.monotonic += 6.1 * 3_600_000;
  }
  const end = executor.book.past.get(id);
  assert.ok(
    end !== undefined && isSettled(end),
    `it ends nowhere (${end}): ${told} ${stage.vault.lines.slice(-12).join('\n')}`,
  );
  assert.equal(end === 'confirmed', delivered() === 1, `${end}, delivered ${delivered()} times: ${told}`);
  if (path === 'unsubscribe') return;
  const record = stage.vault.records().findLast(({ body }) => body.kind === 'CONFIRMED' && body.id === id)?.body;
  const isAnswered = record?.kind === 'CONFIRMED' && record.how !== 'person';
  if (isAnswered) assert.equal(copies(), 1, `sent, and its copy is not in Sent: ${told}`);
  if (isTheirs && delivered() === 1)
    assert.ok(isAnswered, `it could be found in Sent, and the person was asked: ${told}`);
}

/** Schedules that share a vault: its ledger is read anew at each death. */
const SHARE = 40;

let seeds = 0;
// Several at a time: most of it is waiting for far ends.
describe('schedules of deaths and faults', { concurrency: 3 }, () => {
  for (const path of PATHS) {
    for (const isTheirs of path === 'unsubscribe' ? [false] : [false, true]) {
      const many = path === 'unsubscribe' ? EACH : EACH / 2;
      const who = isTheirs ? ', where the provider files it' : '';
      const first = seeds + 1;
      seeds += many;
      test(`${path}${who}: in ${many} of them nothing goes out twice, nothing is said that is not so, and what cannot be known is asked`, async () => {
        let deaths = 0;
        for (let from = first; from < first + many; from += SHARE) {
          await using stage = await Stage.start(path, isTheirs);
          const until = Math.min(from + SHARE, first + many);
          for (let seed = from; seed < until; seed += 1) await run(stage, seed, isTheirs);
          deaths += stage.executor.deaths;
        }
        assert.ok(deaths > 0, 'nobody died');
      });
    }
  }
});
