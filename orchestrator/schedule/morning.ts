import path from 'node:path';
import { z } from 'zod';
import { Journal, JournalReader } from '../../core/journal.ts';
import type { Swept } from '../../core/loop.ts';
import { localTime } from '../../core/names.ts';
import { sentence } from '../../core/outcome.ts';
import { clauseOf } from '../../core/system-error.ts';
import type { PlannerContext } from '../think/context.ts';
import { digestPath, refusalsIn, renderDigest } from './digest-note.ts';
import { due } from './due.ts';
import type { Seen } from './standing.ts';

/** A digest that was written: for which day, when, and where it stood. */
const Written = z.strictObject({ day: z.iso.date(), at: z.iso.datetime(), note: z.string() });
type Written = z.infer<typeof Written>;

const DAY = 86_400_000;
/** A first digest, or one after a long absence, looks back no further: milliseconds. */
const LONGEST = 7 * DAY;

/**
 * The digest of each morning: written once a day, late where Steward was not running, and never again, whatever becomes
 * of the note. A tick in the last one calls an action off, by the same message as the command line’s.
 */
export class Morning {
  readonly #context: PlannerContext;
  readonly #file: string;
  readonly #done = new Set<string>();
  #last: Written | undefined;
  readonly #refused = new Set<string>();

  constructor(context: PlannerContext) {
    this.#context = context;
    this.#file = path.join(context.state.root, 'briefings.journal');
    for (const { body } of new JournalReader(this.#file, Written).next()) this.#heard(body);
  }

  /** The days that have theirs. */
  get days(): ReadonlySet<string> {
    return this.#done;
  }

  /** Writes the digest where it is due. */
  write(seen: Seen): void {
    const { config, log } = this.#context;
    if (config.briefing === 'off') return;
    const { begun } = seen.ledger.chronicle;
    const day = due(localTime(seen.now), {
      at: config.briefing.at,
      begun: begun === undefined ? undefined : localTime(new Date(begun)),
      done: this.#done,
    });
    if (day === undefined || begun === undefined) return;
    try {
      this.#write(seen, day, Date.parse(this.#last?.at ?? begun));
    } catch (error) {
      // The digest is a convenience: without it, everything else goes on.
      log.trouble('digest', `The morning’s digest was not written: ${clauseOf(error)} It is tried again.`);
    }
  }

  #write(seen: Seen, day: string, last: number): void {
    const { vault, state, log, now } = this.#context;
    const present = seen.now.getTime();
    // A clock that was ahead then says nothing about what happened since.
    const from = last < present ? Math.max(last, present - LONGEST) : present - DAY;
    const note = digestPath(day);
    const made = vault.create(note, renderDigest(seen, day, from));
    if (!made.ok) {
      log.trouble('digest', sentence(made.failure));
      return;
    }
    const written: Written = { day, at: seen.now.toISOString(), note };
    const journal = Journal.open(this.#file, state.tmp, Written, now, () => undefined);
    try {
      journal.appendNow(written);
    } finally {
      journal.close();
    }
    this.#heard(written);
    log.clear('digest');
    log.event(`digest     ${note}`);
  }

  /** Takes what was ticked in the last digest: a no to what it showed whole, and that is held unchanged still. */
  takeRefusals(): Swept {
    const { ledger, vault, settle, config, executor } = this.#context;
    const held = new Map([...ledger.actions.values()].flatMap(one => (one.state === 'held' ? [[one.id, one]] : [])));
    const nothing: Swept = { moved: false, settlesIn: undefined };
    const stats = this.#last === undefined || held.size === 0 ? undefined : vault.stats(this.#last.note);
    if (this.#last === undefined || stats === undefined) return nothing;
    const note = vault.read(this.#last.note);
    if (!note.ok) return nothing;
    const wanted = refusalsIn(note.value.text).filter(
      ({ id, digest }) => held.get(id)?.digest.startsWith(digest) && !this.#refused.has(`${id} ${digest}`),
    );
    if (wanted.length === 0) return nothing;
    const wait = settle.wait(this.#last.note, stats, config.settle.tick * 1000);
    if (wait > 0) return { moved: false, settlesIn: wait };
    for (const { id, digest } of wanted) {
      const name = (said: string): string => `person-decide-${id}-${said}`;
      executor.putInsteadOf([name('approved'), name('rejected')], name('rejected'), {
        ...{ kind: 'decide', id, decision: 'rejected', reason: '', by: 'the morning’s digest', way: 'ticked' },
      });
      this.#refused.add(`${id} ${digest}`);
    }
    return { moved: true, settlesIn: undefined };
  }

  #heard(written: Written): void {
    this.#done.add(written.day);
    this.#last = written;
  }
}
