import { notSent, type Outcome, type Tool } from '../../core/action-server.ts';
import { canonicalJson } from '../../core/digest.ts';
import type { Arguments, Envelope } from '../../core/envelope.ts';
import { createLog } from '../../core/log.ts';
import { ok, type Result } from '../../core/outcome.ts';
import { Spool } from '../../core/spool.ts';
import { answerQuestion } from '../../orchestrator/approve/ask.ts';
import { approveByCommand } from '../../orchestrator/approve/decisions.ts';
import { propose } from '../../orchestrator/approve/propose.ts';
import { Brake } from '../../orchestrator/execute/brake.ts';
import type { ExecutorContext } from '../../orchestrator/execute/context.ts';
import { Ledger } from '../../orchestrator/execute/ledger.ts';
import { ActionServers, type Described } from '../../orchestrator/execute/servers.ts';
import { Executor } from '../../orchestrator/execute/sweep.ts';
import { LogWriter } from '../../orchestrator/report/log-writer.ts';
import type { InProcess } from './in-process.ts';

/** What happens to the executor around one effect: it dies before or after it, or the answer is lost on its way. */
export type Fate = 'lives' | 'dies before' | 'dies during' | 'dies after' | 'answer lost';
export type Attempt = { readonly fate: Fate; readonly begin: () => AbortSignal; readonly end: () => void };

class Death extends Error {}

/** What befalls the next effect, and the next look at what became of one. */
export type Script = { readonly attempt: (envelope: Envelope) => Attempt; readonly look: (envelope: Envelope) => void };

/** The tools of one action server in this process, with a script of what befalls each attempt. */
class OwnServers extends ActionServers {
  readonly #tools: readonly Tool[];
  readonly #script: Script;
  hasDied = false;

  constructor(tools: readonly Tool[], script: Script) {
    super(
      () => ({ vault: '', state: '', dropFolders: [], settings: null, grantKey: '', secrets: {} }),
      () => Promise.resolve(ok('same')),
      createLog(() => undefined, {}),
    );
    this.#tools = tools;
    this.#script = script;
  }

  #tool(name: string): Tool {
    const tool = this.#tools.find(one => one.name === name);
    if (tool === undefined) throw new Error(`there is no ${name}`);
    return tool;
  }

  override definitions(): ReturnType<ActionServers['definitions']> {
    return Promise.resolve(ok(new Map()));
  }

  override restart(): Promise<void> {
    return Promise.resolve();
  }

  override async dryRun(_: string, name: string, args: Arguments): Promise<Result<Described>> {
    const tool = this.#tool(name);
    const prepared = await tool.prepare(args);
    if (!prepared.ok) return prepared;
    return ok({ outcome: 'prepared', ...prepared.value.describe(), definition: '0'.repeat(64), reach: tool.reach });
  }

  /** As `core/serve-actions.ts` does it, but for the grant. */
  override async perform(envelope: Envelope): Promise<Outcome> {
    const { fate, begin, end } = this.#script.attempt(envelope);
    const die = (): never => {
      this.hasDied = true;
      throw new Death('killed');
    };
    if (fate === 'dies before') die();
    const signal = begin();
    const prepared = await this.#tool(envelope.tool).prepare(envelope.arguments);
    if (!prepared.ok) {
      end();
      return notSent(prepared.failure);
    }
    if (canonicalJson(prepared.value.describe().attachments) !== canonicalJson(envelope.attachments))
      return { outcome: 'not_sent', retry: false, proof: 'A file has changed since this was approved.', fault: 'data' };
    const outcome = await prepared.value.perform({ envelope, key: envelope.id, signal });
    end();
    if (fate === 'dies during' || fate === 'dies after') die();
    return fate === 'answer lost' ? { outcome: 'unknown', why: 'the answer was lost' } : outcome;
  }

  override reconcile(envelope: Envelope): Promise<Outcome> {
    this.#script.look(envelope);
    return this.#tool(envelope.tool).reconcile(envelope, envelope.id);
  }
}

/** An executor over a real ledger that can die at any effect and be started again over what stands on disk. */
export class MortalExecutor {
  readonly #vault: InProcess;
  readonly #tools: readonly Tool[];
  readonly #script: Script;
  #servers: OwnServers;
  #ledger: Ledger | undefined;
  #context: ExecutorContext;
  #executor: Executor;
  deaths = 0;

  constructor(vault: InProcess, tools: readonly Tool[], script: Script) {
    this.#vault = vault;
    this.#tools = tools;
    this.#script = script;
    [this.#servers, this.#context, this.#executor] = this.#begin();
  }

  #begin(): [OwnServers, ExecutorContext, Executor] {
    const { state, config } = this.#vault.opened;
    this.#ledger?.close();
    const base = this.#vault.context;
    const logs = new LogWriter(base.vault, config.node, base.log);
    const ledger = Ledger.open(state.ledger, state.tmp, base.now, record => logs.heard(record));
    this.#ledger = ledger;
    const servers = new OwnServers(this.#tools, this.#script);
    const context = { ...base, servers, ledger };
    const spool = new Spool(state.executorSpool, state.tmp);
    return [servers, context, new Executor(context, spool, new Brake(context, true), logs, () => undefined)];
  }

  get book(): Ledger['book'] {
    return this.#context.ledger.book;
  }

  /** Proposes an action and has the person approve it. */
  async approve(task: string, tool: string, args: Arguments): Promise<string> {
    const id = `${task}-a1`;
    await propose(
      {
        ...{ id, task, task_note: task, plan_note: `${task}-plan`, note: `${task}-approval-1`, server: 'email', tool },
        arguments: args,
        origins: Object.fromEntries(Object.keys(args).map(name => [name, { kind: 'person' } as const])),
        ...{ brain: 'tester', exposure: { untrusted: [], private: [] }, source: 'person' },
      },
      this.#context,
    );
    const action = this.book.actions.get(id);
    if (action === undefined) throw new Error(`${tool} was refused: ${this.#vault.lines.at(-1)}`);
    await approveByCommand(action, 'tester', this.#context);
    return id;
  }

  /** Works until nothing moves; whoever died is started again. */
  async drain(): Promise<void> {
    for (let looks = 0; looks < 100; looks += 1) {
      const swept = await this.#executor.sweep();
      await this.#executor.finish();
      if (this.#servers.hasDied) {
        this.deaths += 1;
        [this.#servers, this.#context, this.#executor] = this.#begin();
      } else if (!swept.moved && (swept.settlesIn ?? Number.POSITIVE_INFINITY) > 100) return;
    }
    throw new Error('there is no end to it');
  }

  /** Answers what is asked about an action. */
  async answer(id: string, text: string): Promise<void> {
    const question = [...this.book.questions.values()].find(({ about }) => about === id);
    if (question === undefined) throw new Error(`nothing is asked about ${id}`);
    await answerQuestion(question, text, this.#context);
  }

  close(): void {
    this.#ledger?.close();
  }
}
