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

/** One call of a brain, as it is on record. What was reserved and never settled counts whole: a crash may have paid for it. */
export type Spending = {
  readonly id: string;
  readonly day: string;
  readonly task: string;
  readonly role: string | undefined;
  readonly brain: string;
  model: string;
  tokens: number;
  money: number;
  priced: boolean;
  settled: boolean;
};

/** What every call of a brain took, by day, task and role: on disk before the call, and again after it. */
export class SpendBook {
  /** The calls of the last days that anybody asks about, in their order. */
  readonly calls: Spending[] = [];
  readonly #open = new Map<string, Spending>();

  apply({ body, at }: Recorded<SpendRecord>): void {
    if (body.kind === 'RESERVED') {
      const { id, task, role, brain, tokens, money } = body;
      const call = {
        id,
        day: dayOf(new Date(at)),
        task,
        role,
        brain,
        model: '',
        tokens,
        money,
        priced: true,
        settled: false,
      };
      this.calls.push(call);
      this.#open.set(id, call);
      return;
    }
    const call = this.#open.get(body.id);
    if (call === undefined) return;
    Object.assign(call, {
      model: body.usage.model,
      tokens: body.tokens,
      money: body.money,
      priced: body.priced,
      settled: true,
    });
    this.#open.delete(body.id);
  }

  /** What was taken by the calls that fit. */
  taken(fits: (call: Spending) => boolean): Taken {
    return this.calls.reduce(
      (sum, call) =>
        fits(call) ? { turns: sum.turns + 1, tokens: sum.tokens + call.tokens, money: sum.money + call.money } : sum,
      NOTHING,
    );
  }
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
