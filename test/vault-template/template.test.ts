import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { readEnvironment } from '../../core/config.ts';
import { readProperties } from '../../core/front-matter.ts';
import { makeVault } from '../../scripts/commands/init.ts';
import { TempFolder } from '../helpers/temp.ts';
import { readRepository, repositoryFiles } from '../helpers/tree.ts';

const TEMPLATE = 'vault-template/';
const FILES = repositoryFiles().filter(file => file.startsWith(TEMPLATE));
const NOTES = FILES.filter(file => file.endsWith('.md'));
const { types } = z
  .object({ types: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readRepository(`${TEMPLATE}.obsidian/types.json`)));

/** What Obsidian reads in a base; anything else in one is a mistake that it tells nobody of. */
const Filter: z.ZodType<unknown> = z.lazy(() =>
  z.union([
    z.string(),
    z.strictObject({ and: z.array(Filter) }),
    z.strictObject({ or: z.array(Filter) }),
    z.strictObject({ not: z.array(Filter) }),
  ]),
);
const By = z.strictObject({ property: z.string(), direction: z.enum(['ASC', 'DESC']) });
const Base = z.strictObject({
  filters: Filter,
  formulas: z.record(z.string(), z.string()),
  properties: z.record(z.string(), z.strictObject({ displayName: z.string() })),
  views: z.array(
    z.strictObject({
      type: z.enum(['table', 'cards', 'list']),
      name: z.string(),
      filters: Filter.optional(),
      groupBy: By.optional(),
      order: z.array(z.string()),
      sort: z.array(By).optional(),
      limit: z.int().optional(),
    }),
  ),
});

const BASES = FILES.filter(file => file.endsWith('.base'));

for (const file of BASES) {
  test(`${file.slice(TEMPLATE.length)} is a base that Obsidian reads, over properties and formulas that there are`, () => {
    const document = parseDocument(readRepository(file), { uniqueKeys: true });
    assert.deepEqual(document.errors, []);
    const base = Base.parse(document.toJS());
    const named = base.views.flatMap(({ order, sort, groupBy }) => [
      ...order,
      ...[...(sort ?? []), ...(groupBy === undefined ? [] : [groupBy])].map(({ property }) => property),
    ]);
    for (const name of [...named, ...Object.keys(base.properties)]) {
      const [kind = '', property = ''] = name.split('.');
      if (kind === 'note') assert.ok(types[property] !== undefined, `${name} has no type`);
      else if (kind === 'formula') assert.ok(base.formulas[property] !== undefined, `${name} is no formula`);
      else assert.match(name, /^file\.(?:name|ctime|mtime)$/);
    }
    for (const name of base.views.flatMap(({ order }) => order))
      assert.ok(base.properties[name] !== undefined, `${name} has no name to show`);
    const spoken = JSON.stringify(base).matchAll(/note\.([a-z]+)/g);
    for (const [, property = ''] of spoken) assert.ok(types[property] !== undefined, `${property} has no type`);
  });
}

test('there is a view for what needs me, what is in work, held, done and failed, and approvals have an editable decision', () => {
  const views = BASES.flatMap(file => Base.parse(parseDocument(readRepository(file)).toJS()).views);
  for (const name of ['To decide', 'To answer', 'In work', 'Held in the outbox', 'Done', 'Failed', 'Set aside'])
    assert.ok(
      views.some(view => view.name === name),
      name,
    );
  assert.ok(views.find(({ name }) => name === 'To decide')?.order.includes('note.decision'));
  assert.equal(types.decision, 'text', 'a person can write into it');
});

test('every property that a note of Steward’s or the template has is of the type that Obsidian is told', () => {
  const golden = repositoryFiles().filter(file => file.startsWith('test/golden/') && file.endsWith('.md'));
  assert.ok(golden.length >= 10);
  for (const file of [...golden, ...NOTES]) {
    const split = readProperties(readRepository(file));
    assert.ok(split.ok, file);
    for (const [name, value] of Object.entries(split.value.properties)) {
      assert.ok(types[name] !== undefined, `${file}: ${name} has no type`);
      const text = String(value ?? '');
      if (types[name] === 'number') assert.equal(typeof value, 'number', `${file}: ${name}`);
      if (types[name] === 'datetime') assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/, `${file}: ${name}`);
      if (types[name] === 'date') assert.match(text, /^\d{4}-\d\d-\d\d$/, `${file}: ${name}`);
    }
  }
});

test('every link in the template leads to a note of it, or to one that Steward writes', () => {
  const known = new Set(['Dashboard', 'STOP', ...FILES.map(file => path.basename(file).replace(/\.md$/, ''))]);
  let count = 0;
  for (const file of NOTES) {
    for (const [, to = ''] of readRepository(file).matchAll(/\[\[([^\]|]+)(?:\|[^\]]*)?\]\]/g)) {
      count += 1;
      assert.ok(known.has(to), `${file}: ${to}`);
    }
  }
  assert.ok(count >= 6, `${count} links`);
});

test('what is bookmarked is there, and each style that is switched on', () => {
  const marks = z.object({ items: z.array(z.looseObject({ path: z.string() })) });
  const { items } = marks.parse(JSON.parse(readRepository(`${TEMPLATE}.obsidian/bookmarks.json`)));
  for (const { path: to } of items)
    assert.ok(
      to === 'Dashboard.md' ||
        FILES.some(file => `${file}/`.startsWith(`${TEMPLATE}${to}/`) || file.startsWith(`${TEMPLATE}${to}/`)),
      to,
    );
  const looks = z.object({ enabledCssSnippets: z.array(z.string()) });
  for (const name of looks.parse(JSON.parse(readRepository(`${TEMPLATE}.obsidian/appearance.json`))).enabledCssSnippets)
    assert.ok(FILES.includes(`${TEMPLATE}.obsidian/snippets/${name}.css`), name);
  const style = readRepository(`${TEMPLATE}.obsidian/snippets/steward.css`);
  assert.doesNotMatch(style, /url\(|@import/, 'a style fetches nothing');
});

test('init on a vault adds what is missing and changes nothing that is there, Obsidian’s settings included', () => {
  using base = new TempFolder();
  const root = path.join(base.path, 'vault');
  const environment = readEnvironment({ STEWARD_HOME: path.join(base.path, 'state'), STEWARD_VAULT: root });
  mkdirSync(path.join(root, '.obsidian'), { recursive: true });
  const mine = { '.obsidian/app.json': '{"mine": true}', 'Welcome.md': 'My own words\n' };
  for (const [file, text] of Object.entries(mine)) writeFileSync(path.join(root, file), text);
  assert.ok(makeVault(environment, true).ok);
  writeFileSync(path.join(root, 'Policies.md'), 'Mine too\n');
  assert.ok(makeVault(environment, true).ok);
  const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
  for (const [file, text] of Object.entries(mine)) assert.equal(read(file), text);
  assert.equal(read('Policies.md'), 'Mine too\n');
  for (const file of FILES.filter(one => !Object.keys(mine).includes(one.slice(TEMPLATE.length))))
    assert.ok(read(file.slice(TEMPLATE.length)) !== '', file);
});
