import { recipientIn } from './agent.ts';
import type { Chance } from './chance.ts';
import type { Checker } from './checker.ts';
import type { Desk } from './desk.ts';

const NOTES = [
  'Documents/house.md',
  'Documents/garden.md',
  'Needs_Action/my own.md',
  'Plans/ideas.md',
  'Company notes.md',
];

/** A person at a device: writes, deletes and moves notes, and says yes and no. */
export class Person {
  readonly #who: string;
  readonly #desk: Desk;
  readonly #checker: Checker;
  readonly #chance: Chance;

  constructor(who: string, desk: Desk, checker: Checker, chance: Chance) {
    this.#who = who;
    this.#desk = desk;
    this.#checker = checker;
    this.#chance = chance;
  }

  /** Changes a note in one of the ways in which people do. */
  edit(): void {
    const chance = this.#chance;
    const note = chance.one([...NOTES, ...this.#conflicts()]) ?? '';
    const before = this.#desk.read(note);
    const newline = before.includes('\r\n') || (before === '' && chance.is(0.2)) ? '\r\n' : '\n';
    const lines = before === '' ? ['# A note', '', ''] : before.split(/\r?\n/);
    const line = `${this.#checker.word(this.#who)} by ${this.#who}`;
    const at = chance.below(lines.length);
    const kind = chance.weighted({ insert: 5, replace: 3, end: 3, remove: 1, move: 1 });
    if (kind === 'remove' && before !== '') {
      this.#checker.changed(`${before}${line}`, '');
      this.#desk.remove(note);
      return;
    }
    if (kind === 'move' && before !== '') {
      this.#checker.changed(line, '');
      this.#desk.move(note, `Documents/moved ${chance.below(1000)}.md`);
      return;
    }
    if (kind === 'replace') lines[at] = line;
    else lines.splice(kind === 'end' ? lines.length : at, 0, line);
    const after = lines.join(newline);
    this.#checker.changed(before, after);
    this.#desk.write(note, after);
  }

  #conflicts(): readonly string[] {
    return [...this.#desk.all().keys()].filter(path => path.includes('(conflict ') && path.startsWith('Documents/'));
  }

  /** Looks at a pending approval and moves it. `yes` counts as the person’s word for what it held. */
  decide(): void {
    const name = this.#chance.one(this.#desk.list('Pending_Approval'));
    if (name === undefined) return;
    const from = `Pending_Approval/${name}`;
    const text = this.#desk.read(from);
    const yes = this.#chance.is(0.75);
    if (yes) this.#checker.approved(name, recipientIn(text));
    this.#desk.move(from, `${yes ? 'Approved' : 'Rejected'}/${name}`);
  }

  /** Changes the mind about one that is approved already. */
  undecide(): void {
    const name = this.#chance.one(this.#desk.list('Approved'));
    if (name !== undefined) this.#desk.move(`Approved/${name}`, `Rejected/${name}`);
  }
}
