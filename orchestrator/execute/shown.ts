import { withPassing } from '../../core/approval-callout.ts';
import { sooner } from '../../core/loop.ts';
import { sentence } from '../../core/outcome.ts';
import { ACTION_HOME, FOLDERS } from '../../core/states.ts';
import type { FoundNote } from '../approve/approval-folders.ts';
import { isForAnother } from '../approve/crossing.ts';
import { passingOf, render } from '../approve/propose.ts';
import type { Action } from './book.ts';
import type { ExecutorContext } from './context.ts';

/** Milliseconds that an open approval may be missing (a move in progress) before its note is written again. */
const MISSING = 3000;

/** Keeps the notes of open actions where the person looks for them, saying what is true now. */
export class Shown {
  readonly #context: ExecutorContext;
  readonly #missing = new Map<string, number>();
  readonly #shown = new Set<string>();
  readonly #again: (id: string) => void;
  readonly #monotonic: () => number;

  /** `again` hears of each note that had been there and is written anew. */
  constructor(context: ExecutorContext, again: (id: string) => void) {
    this.#context = context;
    this.#again = again;
    this.#monotonic = context.monotonic ?? (() => performance.now());
  }

  /** Milliseconds until something may have settled; undefined where nothing is under way. */
  look(found: readonly FoundNote[]): number | undefined {
    const notes = new Map<string, FoundNote[]>();
    for (const one of found) {
      if (one.note.ok) notes.set(one.note.value.id, [...(notes.get(one.note.value.id) ?? []), one]);
    }
    let settlesIn: number | undefined;
    const { actions } = this.#context.ledger.book;
    for (const known of [this.#shown, this.#missing])
      for (const id of known.keys()) if (!actions.has(id)) known.delete(id);
    for (const action of actions.values()) {
      if (!isShown(action) || isForAnother(action.proposed, this.#context)) continue;
      const mine = notes.get(action.id);
      settlesIn = sooner(settlesIn, mine === undefined ? this.#showAgain(action, found) : this.#keep(action, mine));
    }
    return settlesIn;
  }

  /** An open approval that lies nowhere is written again: only a decision ends it. */
  #showAgain(action: Action, found: readonly FoundNote[]): number | undefined {
    const { vault } = this.#context;
    const home = `${action.state === 'expired' ? FOLDERS.pending : ACTION_HOME[action.state]}/${action.proposed.note}.md`;
    const there = found.find(({ path }) => path === home);
    // Written since this look began; or broken by hand, and then its place is free once it was set aside.
    if (there === undefined ? vault.exists(home) : !there.note.ok) return there === undefined ? 5 : undefined;
    const since = this.#missing.get(action.id) ?? this.#monotonic();
    this.#missing.set(action.id, since);
    const wasShown = this.#shown.has(action.id);
    const left = wasShown ? MISSING - (this.#monotonic() - since) : 0;
    if (left > 0) return left;
    if (render(action, this.#context) && wasShown) this.#again(action.id);
    return undefined;
  }

  /** What is there says what passes as it is now; what was approved and waits stands in `Approved/`. */
  #keep(action: Action, notes: readonly FoundNote[]): number | undefined {
    this.#shown.add(action.id);
    this.#missing.delete(action.id);
    if (!['held', 'approved', 'capped', 'expired'].includes(action.state)) return undefined;
    const { vault, settle, config, log } = this.#context;
    let settlesIn: number | undefined;
    for (const { path, folder, stats } of notes) {
      const wait = settle.wait(path, stats, config.settle.tick * 1000);
      if (wait > 0) {
        settlesIn = sooner(settlesIn, wait);
        continue;
      }
      const read = vault.read(path);
      if (!read.ok) continue;
      const text = withPassing(read.value.text, action.proposed, passingOf(action));
      const written = text === read.value.text ? undefined : vault.replace(path, read.value.sha256, text);
      if (written !== undefined && !written.ok) log.trouble(path, sentence(written.failure));
      const mayMove = folder === FOLDERS.outbox || (folder === FOLDERS.pending && action.state === 'capped');
      if (!mayMove || action.state === 'held' || action.state === 'expired') continue;
      const moved = vault.move(path, `${FOLDERS.approved}/${action.proposed.note}.md`);
      if (!moved.ok) log.trouble(path, sentence(moved.failure));
    }
    return settlesIn;
  }
}

/** Whether the person shall find a note of it while it is so. */
function isShown({ state, way, proposed }: Action): boolean {
  if (state === 'proposed') return proposed.zone === 'red';
  if (state === 'approved') return way === 'policy';
  return ['wanted', 'expired', 'held', 'capped'].includes(state);
}
