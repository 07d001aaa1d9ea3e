import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { watchFolders } from '../../core/watch.ts';
import { TempFolder } from '../helpers/temp.ts';
import { until } from '../helpers/vault.ts';

for (const promptly of [false, true]) {
  test(`a move into a watched folder, a save, a removal and a new folder there are told of${promptly ? ' promptly' : ''}`, async () => {
    using folder = new TempFolder();
    const from = path.join(folder.path, 'from');
    const to = path.join(folder.path, 'to');
    for (const one of [from, to]) mkdirSync(one);
    for (const file of [path.join(from, 'moved'), path.join(to, 'saved'), path.join(to, 'removed')])
      writeFileSync(file, 'one');
    const told = new Set<string>();
    const close = await watchFolders([to], {
      ...{ deep: false, promptly, failed: error => assert.fail(String(error)) },
      look: place => {
        told.add(path.basename(place));
      },
    });
    try {
      renameSync(path.join(from, 'moved'), path.join(to, 'moved'));
      writeFileSync(path.join(to, 'saved'), 'another');
      rmSync(path.join(to, 'removed'));
      mkdirSync(path.join(to, 'made'));
      await until(
        () => ['moved', 'saved', 'removed', 'made'].every(name => told.has(name)),
        () => `told of ${[...told].join(', ')}`,
      );
    } finally {
      await close();
    }
  });
}
