import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { KeptItems } from '../../core/kept-items.ts';
import { poll } from '../helpers/mail-watcher.ts';
import { inMemory, TempFolder } from '../helpers/temp.ts';

const NOW = new Date('2026-11-21T10:00:00Z');
type Standing = 'unwritten' | 'written' | undefined;

class Folders {
  readonly #base = new TempFolder(inMemory());
  readonly folder = this.#made('mail');
  readonly tasks = this.#made('tasks');
  readonly closedTasks = this.#made('tasks/closed');
  readonly #standing = new Map<string, Standing>();
  #count = 0;

  #made(name: string): string {
    const folder = path.join(this.#base.path, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  #file(folder: string, name: string, days: number): string {
    const at = new Date(NOW.getTime() - days * 24 * 3_600_000);
    writeFileSync(path.join(folder, name), 'bytes');
    utimesSync(path.join(folder, name), at, at);
    return name;
  }

  /** A mail that arrived so many days ago, with what became of it; returns the name of its file. */
  arrived(
    days: number,
    { closed = -1, open = '', standing = 'written' }: { closed?: number; open?: string; standing?: Standing | 'none' },
  ): string {
    this.#count += 1;
    const task = `mail-${String(this.#count).padStart(12, '0')}`;
    if (standing !== 'none') this.#standing.set(task, standing);
    if (closed >= 0) this.#file(this.closedTasks, `${task}.journal`, closed);
    if (open !== '') this.#file(this.tasks, `${task}${open}`, 0);
    return this.#file(this.folder, `${task}.eml`, days);
  }

  async after(looks: (kept: KeptItems) => Promise<void>, times = { first: 0, every: 24 * 3_600_000 }): Promise<void> {
    const { folder, tasks, closedTasks } = this;
    const kept = new KeptItems(
      {
        ...{ folder, extension: 'eml', state: { tasks, closedTasks }, now: () => NOW },
        standing: task => this.#standing.get(task),
      },
      times,
    );
    await looks(kept);
    await kept.close();
  }

  get names(): readonly string[] {
    return readdirSync(this.folder).sort();
  }

  [Symbol.dispose](): void {
    this.#base[Symbol.dispose]();
  }
}

test('the bytes of a mail stay while its task is open or may need them, and thirty days longer; then they go', async () => {
  using folders = new Folders();
  const stays = [
    folders.arrived(1, { standing: 'none' }),
    folders.arrived(300, {}),
    folders.arrived(300, { open: '.journal' }),
    folders.arrived(300, { closed: 200, open: '-r2.journal' }),
    folders.arrived(300, { closed: 29 }),
    folders.arrived(300, { closed: 29, standing: 'unwritten' }),
    folders.arrived(900, { closed: 800, standing: 'unwritten' }),
  ];
  writeFileSync(path.join(folders.folder, 'a note of somebody.txt'), 'x');
  utimesSync(path.join(folders.folder, 'a note of somebody.txt'), 0, 0);
  const goes = [
    folders.arrived(31, { standing: 'none' }),
    folders.arrived(300, { closed: 31 }),
    folders.arrived(400, {}),
  ];
  await folders.after(async kept => {
    kept.look();
    await poll(
      () => goes.every(name => !folders.names.includes(name)),
      () => folders.names.join(' '),
    );
  });
  assert.deepEqual(folders.names, ['a note of somebody.txt', ...stays].sort());
});

test('starting is not held up by looking for what can go, and the folder is looked at once a day only', async () => {
  using folders = new Folders();
  const gone = folders.arrived(300, { closed: 31 });
  await folders.after(
    async kept => {
      kept.look();
      await kept.close();
    },
    { first: 60_000, every: 60_000 },
  );
  assert.deepEqual(folders.names, [gone]);
  await folders.after(async kept => {
    kept.look();
    await poll(
      () => folders.names.length === 0,
      () => folders.names.join(' '),
    );
    const later = folders.arrived(300, { closed: 31 });
    kept.look();
    await kept.close();
    assert.deepEqual(folders.names, [later]);
  });
});
