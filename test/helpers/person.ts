import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { sha256 } from '../../core/digest.ts';
import { isPassing } from '../../core/names.ts';
import { TaskJournal } from '../../orchestrator/think/task-journal.ts';
import { InProcess } from './in-process.ts';
import { hold } from './policy.ts';

const WHATS = [
  ...([
    'drop',
    'drop-same',
    'write',
    'drain',
    'pass',
    'approve',
    'reject',
    'tick',
    'property',
    'move',
    'copy',
    'delete',
  ] as const),
  ...([
    'rename',
    'edit',
    'tick-both',
    'break',
    'restore',
    'answer',
    'change-drop',
    'delete-drop',
    'link',
    'rewrite',
  ] as const),
];
export type Step = { readonly what: (typeof WHATS)[number]; readonly which: number; readonly where: number };

const FLOW = [
  'Pending_Approval',
  'Approved',
  'Rejected',
  'Outbox',
  'Questions',
  'Plans',
  'Needs_Action',
  'In_Progress/local',
];
const PLACES = [
  'Pending_Approval',
  'Approved',
  'Rejected',
  'Outbox',
  'Questions',
  'Needs_Action',
  'Done',
  'Failed',
  'Quarantine',
  'Documents',
];
const ASKED = ['Pending_Approval', 'Outbox'];
const WISHES = ['Feed the cat', 'Send Anna the Q3 numbers', 'Please jot this down', 'Please prepare a letter'];
const skill = (word: string, action: string, values: string): string =>
  `---\nname: ${word}\ndescription: On ${word}.\n---\n## Rule\n\n\`\`\`yaml\npriority: 95\nwhen: {source: person, words: [${word}]}\nthen:\n  summary: You asked to ${word}.\n  actions:\n    - {do: ${action}, say: Do it, with: ${values}}\n\`\`\`\n`;
/** What this person lets be done without being asked, and what after a hold. */
const POLICY = `
hold_minutes: 15
rules:
  - {name: notes, zone: green, action: files.write}
  - {name: drafts, zone: yellow, action: email.draft}
`;
const BREAKS = ['---js\n{}\n---\n', '\u0000', '---\nid: a\nid: b\n---\n', '', '---\ntype: approval\n', '```'];

/** A person who does legal and illegal things to a vault, and knows what they asked for. */
export class PersonAtVault {
  readonly vault = new InProcess();
  /** The ids of actions that this person said yes to, in any of the ways that count. */
  readonly #yes = new Set<string>();
  /** How many files with some content this person has put into the vault and not taken out. */
  readonly #bytes = new Map<string, number>();
  readonly #history: { name: string; text: string }[] = [];
  #made = 0;

  /** A person whose policy holds. */
  static async ready(): Promise<PersonAtVault> {
    const person = new PersonAtVault();
    await hold(person.vault, POLICY);
    for (const [word, action, values] of [
      ['jot', 'files.write', '{path: "Documents/{title}.md", text: "{text}"}'],
      ['letter', 'email.draft', '{to: [], subject: "{title}", text: "{text}"}'],
    ] as const) {
      mkdirSync(person.#at('Skills', word));
      writeFileSync(person.#at('Skills', word, 'SKILL.md'), skill(word, action, values));
    }
    return person;
  }

  #at(...parts: string[]): string {
    return path.join(this.vault.root, ...parts);
  }

  #notes(folders: readonly string[] = FLOW): string[] {
    return folders.flatMap(folder =>
      existsSync(this.#at(folder))
        ? readdirSync(this.#at(folder), { withFileTypes: true })
            .filter(entry => entry.isFile() && entry.name.endsWith('.md') && entry.name !== 'README.md')
            .map(entry => `${folder}/${entry.name}`)
            .sort()
        : [],
    );
  }

  #pick(step: Step, folders?: readonly string[]): string | undefined {
    const notes = this.#notes(folders);
    return notes[step.which % Math.max(1, notes.length)];
  }

  #read(note: string): string {
    return readFileSync(this.#at(note), 'utf8');
  }

  /** Remembers that a note, as it stands now, says yes where it stands. */
  #heed(note: string): void {
    const text = this.#read(note);
    this.#history.push({ name: path.basename(note), text });
    const says = note.startsWith('Approved/') || /^- \[[xX]\] Approve$/m.test(text) || /^decision: approve/m.test(text);
    for (const id of says ? (text.match(/^id: (.*)$/gm) ?? []) : []) this.#yes.add(id.slice(4));
  }

  #rewrite(note: string | undefined, change: (text: string) => string): void {
    if (note === undefined) return;
    this.#history.push({ name: path.basename(note), text: this.#read(note) });
    writeFileSync(this.#at(note), change(this.#read(note)));
    this.#heed(note);
  }

  #place(note: string | undefined, folder: string, how: (from: string, to: string) => void): void {
    if (note === undefined) return;
    const to = `${folder}/${path.basename(note)}`;
    if (existsSync(this.#at(to))) return;
    this.#history.push({ name: path.basename(note), text: this.#read(note) });
    how(this.#at(note), this.#at(to));
    this.#heed(to);
  }

  #drop(content: string): void {
    this.#made += 1;
    writeFileSync(this.#at('Inbox', `file-${this.#made}.pdf`), content);
    const hash = sha256(content);
    this.#bytes.set(hash, (this.#bytes.get(hash) ?? 0) + 1);
  }

  async does(step: Step): Promise<void> {
    const { what, which, where } = step;
    const place = PLACES[where % PLACES.length] ?? 'Approved';
    const drops = readdirSync(this.#at('Inbox')).filter(name => name.endsWith('.pdf'));
    const dropped = drops[which % Math.max(1, drops.length)];
    switch (what) {
      case 'drop':
        return this.#drop(`%PDF-1.4\n${this.#made}`);
      case 'drop-same':
        return this.#drop(dropped === undefined ? '%PDF-1.4\nsame' : readFileSync(this.#at('Inbox', dropped), 'utf8'));
      case 'delete-drop':
      case 'change-drop': {
        if (dropped === undefined) return;
        const hash = sha256(readFileSync(this.#at('Inbox', dropped)));
        this.#bytes.set(hash, (this.#bytes.get(hash) ?? 0) - 1);
        rmSync(this.#at('Inbox', dropped));
        if (what === 'change-drop') {
          const content = `%PDF-1.4\nchanged ${which} ${where} ${this.#made}`;
          writeFileSync(this.#at('Inbox', dropped), content);
          this.#bytes.set(sha256(content), (this.#bytes.get(sha256(content)) ?? 0) + 1);
        }
        return;
      }
      case 'write':
        this.#made += 1;
        writeFileSync(this.#at('Needs_Action', `My wish ${this.#made}.md`), WISHES[which % WISHES.length] ?? '');
        return;
      case 'pass':
        await this.vault.drain(16);
        return;
      case 'drain':
        await this.vault.drain();
        return;
      case 'approve':
        return this.#place(this.#pick(step, ASKED), 'Approved', renameSync);
      case 'reject':
        return this.#place(this.#pick(step, ASKED), 'Rejected', renameSync);
      case 'tick':
        return this.#rewrite(this.#pick(step, ASKED), text => text.replace('- [ ] Approve', '- [x] Approve'));
      case 'tick-both':
        return this.#rewrite(this.#pick(step), text => text.replaceAll('- [ ]', '- [x]'));
      case 'property':
        return this.#rewrite(this.#pick(step, ASKED), text =>
          text.replace(/^decision:.*$/m, where % 3 === 0 ? 'decision: rejected' : 'decision: approved'),
        );
      case 'move':
        return this.#place(this.#pick(step), place, renameSync);
      case 'copy':
        return this.#place(this.#pick(step), place, copyFileSync);
      case 'link':
        return this.#place(this.#pick(step, ['Pending_Approval', 'Approved']), place, linkSync);
      case 'delete': {
        const note = this.#pick(step);
        if (note !== undefined) rmSync(this.#at(note));
        return;
      }
      case 'rename': {
        const note = this.#pick(step);
        this.#made += 1;
        if (note !== undefined) renameSync(this.#at(note), this.#at(path.dirname(note), `renamed ${this.#made}.md`));
        return;
      }
      case 'edit':
        return this.#rewrite(this.#pick(step, ['Pending_Approval', 'Approved']), text =>
          text.replace(/(\n```text\nDocuments\/)/, `$1${['edited/', '../../', 'x'.repeat(300), ''][where % 4]}`),
        );
      case 'break':
        return this.#rewrite(
          this.#pick(step),
          text => `${BREAKS[where % BREAKS.length]}${where % 2 === 0 ? text : ''}`,
        );
      case 'restore': {
        const old = this.#history[which % Math.max(1, this.#history.length)];
        if (old === undefined || existsSync(this.#at(place, old.name))) return;
        writeFileSync(this.#at(place, old.name), old.text);
        return this.#heed(`${place}/${old.name}`);
      }
      case 'answer':
        return this.#rewrite(this.#pick(step, ['Questions']), text =>
          where % 2 === 0 ? text.replace('- [ ]', '- [x]') : `${text}It is a letter.\n`,
        );
      case 'rewrite': {
        const own = this.#notes(['Needs_Action']).filter(name => name.includes('My wish'));
        return this.#rewrite(own[which % Math.max(1, own.length)], text => `${text}\nand more ${where}`);
      }
    }
  }

  /** What must hold whatever was done, once nothing moves any more. */
  checks(): void {
    const { vault } = this;
    const told = (): string => `\n${vault.lines.slice(-12).join('\n')}`;
    mkdirSync(this.#at('Inbox'), { recursive: true });
    assert.deepEqual(vault.problems(), []);
    const of = (kind: string): string[] =>
      vault.records().flatMap(({ body }) => (body.kind === kind && 'id' in body ? [body.id] : []));
    const [approved, intents, confirmed, unknown] = [of('APPROVED'), of('INTENT'), of('CONFIRMED'), of('UNKNOWN')];
    const allowed = new Set(
      vault.records().flatMap(({ body }) => (body.kind === 'APPROVED' && body.way === 'policy' ? [body.id] : [])),
    );
    for (const { body } of vault.records()) {
      const isRed = body.kind === 'PROPOSED' && body.envelope.zone === 'red';
      if (isRed) assert.ok(!allowed.has(body.envelope.id), `${body.envelope.id} is red and nobody was asked${told()}`);
    }
    for (const id of approved) assert.ok(allowed.has(id) || this.#yes.has(id), `${id} was approved by nobody${told()}`);
    for (const id of intents) assert.ok(approved.includes(id), `${id} was begun without an approval`);
    assert.equal(new Set(confirmed).size, confirmed.length, 'an action was done twice');
    assert.deepEqual(unknown, [], 'nothing is of unknown outcome where nothing crashed');
    const found = new Map<string, number>();
    for (const file of this.#everyFile().filter(name => name.endsWith('.pdf'))) {
      const hash = sha256(readFileSync(this.#at(file)));
      found.set(hash, (found.get(hash) ?? 0) + 1);
    }
    for (const [hash, count] of this.#bytes) {
      assert.equal(
        found.get(hash) ?? 0,
        count,
        `content ${hash.slice(0, 8)} is there ${found.get(hash)} times, not ${count}`,
      );
    }
    const { state } = vault.opened;
    const tasks = TaskJournal.ids(state).map(id => TaskJournal.read(state, id) ?? assert.fail(id));
    const taken = new Set(tasks.map(task => task.taken.file?.sha256));
    for (const name of readdirSync(this.#at('Inbox')).filter(one => !isPassing(one) && one !== 'README.md')) {
      assert.ok(taken.has(sha256(readFileSync(this.#at('Inbox', name)))), `${name} is nobody’s task${told()}`);
    }
    const waiting = new Set([...vault.ledger.book.actions.values()].map(action => action.envelope.task));
    for (const task of TaskJournal.readOpen(state)) {
      const asked = task.asked.some(
        ({ question, note }) => !task.answers.has(question) && existsSync(this.#at('Questions', `${note}.md`)),
      );
      assert.ok(asked || waiting.has(task.id), `${task.id} is open and waits for nothing${told()}`);
    }
    for (const { state: at, id } of vault.ledger.book.actions.values()) {
      assert.ok(['proposed', 'expired', 'held'].includes(at), `${id} is ${at} and nothing happens`);
      const shown = this.#notes(['Pending_Approval', 'Outbox']).some(note =>
        this.#read(note).includes(`\nid: ${id}\n`),
      );
      assert.ok(shown, `${id} waits, and nobody can see it${told()}`);
    }
  }

  /** How often each kind of record stands in the ledger: what the steps have led to. */
  tally(into: Map<string, number>): void {
    for (const { body } of this.vault.records()) {
      const kind = body.kind === 'APPROVED' && body.way === 'policy' ? 'APPROVED by policy' : body.kind;
      into.set(kind, (into.get(kind) ?? 0) + 1);
    }
  }

  #everyFile(): string[] {
    return readdirSync(this.vault.root, { recursive: true, withFileTypes: true, encoding: 'utf8' })
      .filter(entry => entry.isFile())
      .map(entry => path.relative(this.vault.root, path.join(entry.parentPath, entry.name)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vault[Symbol.asyncDispose]();
  }
}
