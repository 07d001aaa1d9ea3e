import { z } from 'zod';
import { Usage } from '../../core/brain.ts';
import { Json } from '../../core/digest.ts';
import { Identifier } from '../../core/envelope.ts';
import { Journal, JournalReader, type Recorded } from '../../core/journal.ts';
import { dayOf } from '../../core/names.ts';
import { NOTHING, type Taken } from './budget.ts';

const Reserved = z.strictObject({
  kind: z.literal('RESERVED'),
  id: z.string(),
  task: Identifier,
  role: z.string().exactOptional(),
  brain: z.string(),
  tokens: z.int().min(0),
  money: z.number().min(0),
});
const Spent = z.strictObject({
  kind: z.literal('SPENT'),
  id: z.string(),
  usage: Usage,
  tokens: z.int().min(0),
  money: z.number().min(0),
  priced: z.boolean(),
});
const SpendRecord = z.discriminatedUnion('kind', [Reserved, Spent]);
export type SpendRecord = z.infer<typeof SpendRecord>;
const SpendJson: z.ZodType<SpendRecord & Json> = SpendRecord.and(Json);

/** What a task, a day, a model or a role took. `seconds` is the time of calls, not of waiting. */
export type Total = Taken & { readonly seconds: number; readonly unpriced: number };
const ZERO: Total = { ...NOTHING, seconds: 0, unpriced: 0 };

/**
 * What every call of a brain took, added up as it is read. What was reserved and never settled counts whole: a crash may
 * have come after it was paid for.
 */
export class SpendBook {
  readonly tasks = new Map<string, Total>();
  readonly days = new Map<string, Total>();
  /** By `<day> <model>` and `<day> <role>`. */
  readonly models = new Map<string, Total>();
  readonly roles = new Map<string, Total>();
  /** By task, then by `<brain> <model>`; the model is empty while a call is under way, or was never settled. */
  readonly thinkers = new Map<string, Map<string, Total>>();
  calls = 0;
  readonly #open = new Map<string, Extract<SpendRecord, { kind: 'RESERVED' }> & { readonly at: string }>();

  apply({ body, at }: Recorded<SpendRecord>): void {
    if (body.kind === 'RESERVED') {
      this.calls += 1;
      this.#open.set(body.id, { ...body, at });
      const reserved = { ...ZERO, turns: 1, tokens: body.tokens, money: body.money };
      this.#add(body, at, undefined, reserved);
      this.#thought(body, '', reserved);
      return;
    }
    const reserved = this.#open.get(body.id);
    if (reserved === undefined) return;
    this.#open.delete(body.id);
    const seconds = Math.max(0, (Date.parse(at) - Date.parse(reserved.at)) / 1000);
    const tokens = body.tokens - reserved.tokens;
    const money = body.money - reserved.money;
    const settled = { turns: 0, tokens, money, seconds, unpriced: body.priced ? 0 : 1 };
    this.#add(reserved, reserved.at, undefined, settled);
    this.#thought(reserved, '', { ...ZERO, turns: -1, tokens: -reserved.tokens, money: -reserved.money });
    this.#thought(reserved, body.usage.model, { ...settled, turns: 1, tokens: body.tokens, money: body.money });
    this.#add(undefined, reserved.at, body.usage.model, {
      ...settled,
      turns: 1,
      tokens: body.tokens,
      money: body.money,
    });
  }

  #add(
    of: { readonly task: string; readonly role?: string } | undefined,
    at: string,
    model: string | undefined,
    more: Total,
  ): void {
    const day = dayOf(new Date(at));
    if (of !== undefined) {
      add(this.tasks, of.task, more);
      add(this.days, day, more);
      if (of.role !== undefined) add(this.roles, `${day} ${of.role}`, more);
    }
    if (model !== undefined && model !== '') add(this.models, `${day} ${model}`, more);
  }

  #thought({ task, brain }: { readonly task: string; readonly brain: string }, model: string, more: Total): void {
    const known = this.thinkers.get(task) ?? new Map<string, Total>();
    add(known, `${brain} ${model}`, more);
    this.thinkers.set(task, known);
  }

  ofTask(task: string): Total {
    return this.tasks.get(task) ?? ZERO;
  }

  /** The local day of a moment, which is the person’s. */
  ofDay(at: Date): Total {
    return this.days.get(dayOf(at)) ?? ZERO;
  }

  ofRole(role: string | undefined, at: Date): Total {
    return role === undefined ? ZERO : (this.roles.get(`${dayOf(at)} ${role}`) ?? ZERO);
  }
}

function add(totals: Map<string, Total>, key: string, more: Total): void {
  const known = totals.get(key) ?? ZERO;
  totals.set(key, {
    turns: known.turns + more.turns,
    tokens: known.tokens + more.tokens,
    money: known.money + more.money,
    seconds: known.seconds + more.seconds,
    unpriced: known.unpriced + more.unpriced,
  });
}

/** The journal of spending. One writer, the planner; anybody may read. */
export class SpendJournal {
  readonly book = new SpendBook();
  readonly #journal: Journal<SpendRecord & Json>;

  constructor(file: string, tmp: string, now: () => Date) {
    this.#journal = Journal.open(file, tmp, SpendJson, now, record => this.book.apply(record));
  }

  /** On disk when this returns, so that no call is made that is not counted. */
  record(body: SpendRecord): void {
    this.book.apply(this.#journal.appendNow(SpendJson.parse(body)));
  }

  close(): void {
    this.#journal.close();
  }

  /** Reads what is on record without touching it. */
  static read(file: string): SpendBook {
    const book = new SpendBook();
    for (const record of new JournalReader(file, SpendRecord).next()) book.apply(record);
    return book;
  }
}
