import { readdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { KnownPeople } from './acquaintance.ts';
import { type Card, cardsIn, keysOn } from './address-book.ts';
import { contactsIn, identify, keyOf } from './contacts.ts';
import { JournalReader } from './journal.ts';
import { SeenRecord } from './seen.ts';
import type { StateFolder } from './state-folder.ts';
import { FOLDERS } from './states.ts';
import type { Vault } from './vault.ts';

const FOLDER = `${FOLDERS.memory}/People`;

type Read = { readonly mark: string; readonly keys: readonly string[] };
type Sources = {
  notes: ReadonlyMap<string, Read>;
  cards: readonly Card[];
  readonly written: Written;
  all: KnownPeople;
};
const kept = new WeakMap<Vault, WeakMap<StateFolder, Sources>>();

/**
 * Whom the person knows, with where that comes from: who stands in a note of `Memory/People/` (only the person can write
 * there), who stands in an address book of theirs, and whom they wrote to. An address that only wrote to them is none of
 * these. What did not change is not read again, and where nothing did it is the same map as before.
 */
export function peopleKnownTo(vault: Vault, state: StateFolder): KnownPeople {
  const ofVault = kept.get(vault) ?? new WeakMap<StateFolder, Sources>();
  kept.set(vault, ofVault);
  const before = ofVault.get(state);
  const now: Sources = before ?? { notes: new Map(), cards: [], written: new Written(), all: new Map() };
  ofVault.set(state, now);
  const notes = notesIn(vault, now.notes);
  const cards = cardsIn(state);
  const hasWritten = now.written.refresh(state.seen);
  if (before !== undefined && !hasWritten && isSame(notes, now.notes) && cards === now.cards) return now.all;
  const all = new Map([...now.written.days].map(([key, day]) => [key, `You wrote to it on ${day}.`]));
  for (const key of cards.flatMap(keysOn)) all.set(key, 'It stands in your address book.');
  for (const [note, { keys }] of notes) for (const key of keys) all.set(key, `It stands in ${note}.`);
  Object.assign(now, { notes, cards, all });
  return all;
}

const isSame = (one: ReadonlyMap<string, Read>, other: ReadonlyMap<string, Read>): boolean =>
  one.size === other.size && [...one].every(([name, read]) => other.get(name) === read);

function notesIn(vault: Vault, before: ReadonlyMap<string, Read>): ReadonlyMap<string, Read> {
  const now = new Map<string, Read>();
  for (const { name, kind } of vault.list(FOLDER)) {
    if (kind !== 'file' || !name.endsWith('.md') || name === 'README.md') continue;
    const note = `${FOLDER}/${name}`;
    const stats = vault.stats(note);
    if (stats === undefined) continue;
    const mark = `${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}`;
    const known = before.get(note);
    const read = known?.mark === mark ? undefined : vault.read(note);
    if (read === undefined && known !== undefined) now.set(note, known);
    else if (read?.ok) now.set(note, { mark, keys: contactsIn(read.value.text).map(keyOf) });
  }
  return now;
}

/** The whole of a record is read only where it is about this: most are about what came in. */
const isWroteTo = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && 'kind' in body && body.kind === 'wrote_to';

/** Whom the person wrote to, and when last, as the watchers put it on record. */
class Written {
  readonly days = new Map<string, string>();
  readonly #readers = new Map<string, JournalReader<unknown>>();

  /** Takes in what is new; whether anything was. */
  refresh(folder: string): boolean {
    let isNew = false;
    for (const name of readdirSync(folder)) {
      if (!/^[a-z0-9]+\.journal$/.test(name)) continue;
      const reader = this.#readers.get(name) ?? new JournalReader(path.join(folder, name), z.unknown());
      this.#readers.set(name, reader);
      if (reader.unread === 0) continue;
      for (const { body } of reader.each()) {
        if (!isWroteTo(body)) continue;
        const read = SeenRecord.safeParse(body);
        if (!read.success || read.data.kind !== 'wrote_to') continue;
        const { addresses, day } = read.data;
        for (const key of addresses.map(identify).map(keyOf)) {
          if ((this.days.get(key) ?? '') >= day) continue;
          this.days.set(key, day);
          isNew = true;
        }
      }
    }
    return isNew;
  }
}
