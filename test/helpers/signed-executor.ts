import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AllowedKey } from '../../core/allowed-signers.ts';
import { renderApproval } from '../../core/approval-note.ts';
import { type Envelope, envelopeDigest } from '../../core/envelope.ts';
import type { LedgerRecord } from '../../core/ledger-record.ts';
import type { SignedDecision } from '../../core/signed-decision.ts';
import type { ActionState } from '../../core/states.ts';
import type { ExecutorContext } from '../../orchestrator/execute/context.ts';
import { envelopeWith } from './any-envelope.ts';
import { InProcess } from './in-process.ts';
import { ScriptedExecutor } from './scripted.ts';
import { allowed, fileKey, type TestKey } from './ssh.ts';
import { TempFolder } from './temp.ts';

type Decide = (decision: SignedDecision['decision'], changed?: Partial<Envelope>) => SignedDecision;
export type Proposed = { readonly action: Envelope; readonly decision: Decide };

/** An executor with a far end that counts, actions to decide on, and keys that are allowed by the message of the command. */
export class SignedExecutor {
  readonly #vault: InProcess;
  readonly #executor: ScriptedExecutor;
  readonly #folder = new TempFolder();
  #count = 0;
  #clock: () => Date = () => new Date();

  private constructor(vault: InProcess, syncers: readonly string[]) {
    this.#vault = vault;
    this.#executor = new ScriptedExecutor(vault, { syncers: () => syncers, now: () => this.#clock() });
  }

  static async start(syncers: readonly string[] = []): Promise<SignedExecutor> {
    const signed = new SignedExecutor(new InProcess(), syncers);
    await signed.drain();
    return signed;
  }

  get context(): ExecutorContext {
    return this.#executor.context;
  }

  get keys(): readonly AllowedKey[] {
    return this.context.ledger.book.keys;
  }

  /** Effects that the far end has seen. */
  get performed(): number {
    return this.#executor.servers.performed;
  }

  /** Sets the clock that the executor reads. */
  at(now: Date): void {
    this.#clock = () => now;
  }

  drain(): Promise<number> {
    return this.#executor.drain();
  }

  proposeBy({ id }: { readonly id: string }): Promise<void> {
    return this.#executor.propose(id);
  }

  /** Puts an action before the person, with parts of it set. */
  async propose(part: Partial<Envelope>): Promise<Proposed> {
    this.#count += 1;
    const [created, expires] = [0, 3_600_000].map(later => new Date(Date.now() + later).toISOString());
    const number = String(this.#count).padStart(12, '0');
    const vault = path.basename(this.context.state.root);
    const action = envelopeWith({
      ...{ id: `mail-${number}-a1`, task: `mail-${number}`, note: `letter-${number}-approval-1`, server: 'email' },
      ...{ tool: 'send', arguments: { text: 'Hello Anna.' }, origins: {}, attachments: [], definition: '0'.repeat(64) },
      ...{ vault, created: created ?? '', expires: expires ?? '', nonce: number.padStart(32, '0') },
      ...part,
    });
    await this.context.ledger.record({ kind: 'PROPOSED', envelope: action, digest: envelopeDigest(action) });
    return {
      action,
      decision: (decision, changed = {}) => ({
        ...{ vault, action: action.id, decision, digest: envelopeDigest({ ...action, ...changed }) },
      }),
    };
  }

  /** Puts an approval’s note into a folder, as a sync tool would: whole, and gone where it was. */
  put(folder: string, action: Envelope, text = renderApproval(action), name = `${action.note}.md`): void {
    for (const one of ['Pending_Approval', 'Approved', 'Rejected']) {
      mkdirSync(path.join(this.#vault.root, one), { recursive: true });
      rmSync(path.join(this.#vault.root, one, name), { force: true });
    }
    writeFileSync(path.join(this.#vault.root, folder, name), text);
  }

  /** Decides by the message that the command line puts down. */
  say(id: string, decision: 'approved' | 'rejected', signature?: string): void {
    this.#executor.spool.put(`person-decide-${id}-${decision}`, {
      ...{ kind: 'decide', id, decision, reason: '', by: 'tester', way: 'command' },
      ...(signature === undefined ? {} : { signature }),
    });
  }

  /** A person with a key of their own, which is allowed. */
  async person(
    name: string,
    times: Partial<Pick<AllowedKey, 'after' | 'before'>> = {},
  ): Promise<TestKey & { file: string }> {
    const key = this.stranger(name);
    await this.allow(key, name, times);
    return key;
  }

  stranger(name: string): TestKey & { file: string } {
    return fileKey(this.#folder.path, name);
  }

  async allow(key: TestKey, name: string, times: Partial<Pick<AllowedKey, 'after' | 'before'>> = {}): Promise<void> {
    this.#executor.spool.put(`person-key-${performance.now()}`, {
      kind: 'allow_key',
      key: allowed(key, name, times),
      by: 'tester',
    });
    await this.drain();
  }

  async revoke(key: string): Promise<void> {
    this.#executor.spool.put(`person-key-${performance.now()}`, { kind: 'revoke_key', key, by: 'tester' });
    await this.drain();
  }

  stateOf(id: string): ActionState | undefined {
    const { book } = this.context.ledger;
    return book.actions.get(id)?.state ?? book.past.get(id);
  }

  records(): readonly { readonly body: LedgerRecord }[] {
    return this.#vault.records();
  }

  approvals(): readonly Extract<LedgerRecord, { kind: 'APPROVED' }>[] {
    return this.records().flatMap(({ body }) => (body.kind === 'APPROVED' ? [body] : []));
  }

  /** How and by whom each action was refused. */
  refusals(): ReadonlyMap<string, string> {
    return new Map(
      this.records().flatMap(({ body }) =>
        body.kind === 'REJECTED' ? [[body.id, `${body.way} by ${body.by}`] as const] : [],
      ),
    );
  }

  /** Why an action is only wanted. */
  wantedFor(id: string): string {
    return this.records().flatMap(({ body }) => (body.kind === 'WANTED' && body.id === id ? [body.why] : []))[0] ?? '';
  }

  /** Everything that was told so far. */
  said(): string {
    return this.#vault.lines.join('\n');
  }

  files(folder: string): readonly string[] {
    return readdirSync(path.join(this.#vault.root, folder)).filter(name => name !== 'README.md');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#folder[Symbol.dispose]();
    await this.#vault[Symbol.asyncDispose]();
  }
}
