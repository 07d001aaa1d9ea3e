import { sha256 } from '../../core/digest.ts';
import type { Chance } from './chance.ts';
import type { Checker } from './checker.ts';
import { Desk } from './desk.ts';
import type { Engine } from './engines.ts';

const TASK = /^mail-[0-9a-f]{8}(-free)?\.md$/;
const OPEN = ['Needs_Action', 'In_Progress/local', 'In_Progress/cloud'];
const FILED = 'Done/2026-11';

const approvalOf = (stem: string): string => `${stem}-approval-1.md`;
export const recipientIn = (approval: string): string => /^to: (.*)$/m.exec(approval)?.[1] ?? '';

/**
 * What watcher, planner and executor of a node do with files, and no more: it trusts the folder that a note stands in,
 * so that whatever sync does wrong becomes an effect. Its own record (`#done`) outlives a kill, as the ledger does.
 */
export class Agent {
  readonly desk: Desk;
  readonly #engine: Engine;
  readonly #checker: Checker;
  readonly #chance: Chance;
  readonly #done = new Set<string>();
  /** What a person at this node confirmed of what was brought, as it was shown. */
  readonly #confirmed = new Set<string>();
  /** Whether this node does what was approved: the other one only where nothing says which does. */
  readonly #acts: boolean;

  constructor(engine: Engine, checker: Checker, chance: Chance, acts: boolean) {
    this.#engine = engine;
    this.desk = new Desk(engine.root);
    this.#checker = checker;
    this.#chance = chance;
    this.#acts = acts;
  }

  /** A mail arrives. Every third asks for something that any node may do without being asked. */
  drop(stem: string): void {
    const word = this.#checker.word(`the mail ${stem}`);
    this.desk.write(`Needs_Action/${stem}.md`, `---\ntype: task\n---\n# A mail\n\n${word}\n`);
  }

  #openTasks(): readonly { readonly stem: string; readonly place: string }[] {
    return OPEN.flatMap(folder =>
      this.desk.list(folder).flatMap(name => {
        return TASK.test(name) ? [{ stem: name.slice(0, -3), place: `${folder}/${name}` }] : [];
      }),
    );
  }

  /** Wants what is open, and lets go of what is filed. */
  want(): void {
    const open = new Set(this.#openTasks().map(({ stem }) => stem));
    for (const stem of open) {
      const isAsked = this.desk.has(`Pending_Approval/${approvalOf(stem)}`);
      this.#engine.wants.set(stem, { name: stem, stem, state: isAsked ? 'waiting' : 'thinking' });
    }
    for (const stem of this.#engine.wants.keys()) if (!open.has(stem)) this.#engine.release(stem);
  }

  /** Thinks about every task that is this node’s now, up to the question to the person. */
  async think(): Promise<void> {
    for (const { stem, place } of this.#openTasks()) {
      const mine = `In_Progress/${this.#engine.name}/${stem}.md`;
      const isAsked = ['Pending_Approval', 'Approved', 'Rejected', FILED].some(folder =>
        this.desk.has(`${folder}/${approvalOf(stem)}`),
      );
      if (isAsked || this.#done.has(stem)) continue;
      const epoch = this.#engine.mayThink(stem);
      if (epoch === undefined || (epoch === 0 && place !== mine && !place.startsWith('Needs_Action/'))) continue;
      this.#checker.thought(stem, epoch === 0 ? undefined : epoch, this.#engine.name);
      if (place !== mine) this.desk.move(place, mine);
      const draft = `${this.#engine.name}${this.#chance.below(1000)}@example.org`;
      this.desk.write(`Plans/${stem}-plan.md`, `# Plan\n\n- [ ] answer ${draft}\n`);
      if (stem.endsWith('-free')) await this.#doFreely(stem);
      else this.desk.write(`Pending_Approval/${approvalOf(stem)}`, approval(draft));
    }
  }

  /** An action that any node may do, once. Whoever died in it leaves it to a person. */
  async #doFreely(stem: string): Promise<void> {
    if (!(await this.#engine.isFirst(sha256(stem)))) return;
    this.#done.add(stem);
    this.#checker.effect(stem, this.#engine.name);
    this.#file(stem);
  }

  /** Writes a pending approval anew, as agents do that know no better. */
  rewrite(): void {
    const name = this.#chance.one(this.desk.list('Pending_Approval'));
    if (name !== undefined)
      this.desk.write(`Pending_Approval/${name}`, approval(`eve${this.#chance.below(1000)}@example.net`));
  }

  /** A person here confirms what another device wants, as it is shown. */
  confirm(): void {
    for (const name of this.desk.list('Approved')) {
      const place = `Approved/${name}`;
      const text = this.desk.read(place);
      this.#checker.approved(name, recipientIn(text));
      this.#confirmed.add(sha256(`${name}\n${text}`));
    }
  }

  /** Does what stands in `Approved/`. True where the process died between the effect and the filing. */
  execute(diesAfterEffect: boolean): boolean {
    if (!this.#acts) return false;
    for (const name of this.desk.list('Approved')) {
      const place = `Approved/${name}`;
      const text = this.desk.read(place);
      const isByHand = !this.#engine.isBrought(place, text) || this.#confirmed.has(sha256(`${name}\n${text}`));
      if (!isByHand || text === '') continue;
      if (!this.#done.has(name)) {
        this.#done.add(name);
        this.#checker.effect(name, this.#engine.name, recipientIn(text));
        if (diesAfterEffect) return true;
      }
      this.desk.move(place, `${FILED}/${name}`);
      this.#file(name.replace(/-approval-1\.md$/, ''));
    }
    return false;
  }

  #file(stem: string): void {
    for (const folder of OPEN) this.desk.move(`${folder}/${stem}.md`, `${FILED}/${stem}.md`);
    this.desk.move(`Plans/${stem}-plan.md`, `${FILED}/${stem}-plan.md`);
  }

  /** The day’s log and what this node reports. */
  report(at: number): void {
    const log = `Logs/2026-11-21-${this.#engine.name}.md`;
    this.desk.write(log, `${this.desk.read(log)}line ${at}\n`);
    if (this.#engine.name === 'cloud') this.desk.write('Updates/cloud/status.md', `at ${at}\n`);
    else this.desk.write('Dashboard.md', `# Dashboard\n\nat ${at}\n`);
  }
}

const approval = (recipient: string): string =>
  `---\ndecision:\ntype: approval\n---\n# Send\n\nto: ${recipient}\n\nsubject: The same in all of them\n\nbody: The same, too\n`;
