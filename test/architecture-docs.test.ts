import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FOLDERS } from '../core/states.ts';
import { STATE_TABLES } from './helpers/state-tables.ts';
import { readRepository, repositoryFiles } from './helpers/tree.ts';

/** What the documents say, held against the tree. */
const ALL = repositoryFiles();
const FOLDERS_OF_TREE = new Set(
  ALL.flatMap(file => file.split('/').map((_, at, parts) => parts.slice(0, at).join('/'))),
);
const MAIN = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'] as const;
const DOCUMENTS = [...MAIN, ...ALL.filter(file => file.startsWith('docs/') && file.endsWith('.md'))];
const TEMPLATE = ALL.filter(file => file.startsWith('vault-template/') && file.endsWith('.md'));
const TOP = ['core', 'watchers', 'orchestrator', 'mcp-servers', 'scripts', 'test', 'bench', 'docs', 'examples', '.ci'];

/** Paths of the repository that a document names in code spans; a `<placeholder>` is no path. */
function namedPaths(text: string): string[] {
  const spans = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, span]) => span ?? '');
  return spans.filter(
    span =>
      /^[\w./-]+$/.test(span) &&
      (TOP.some(top => span === `${top}/` || span.startsWith(`${top}/`)) ||
        span.startsWith('vault-template/') ||
        /^\w[\w.-]*\.(md|json|cjs|mjs|ts)$/.test(span)),
  );
}

const VAULT_NOTES = new Set(
  ALL.filter(file => file.startsWith('vault-template/')).map(file => file.slice('vault-template/'.length)),
);
/** Names of files in a vault or a state folder, which are no files of the repository. */
const NOT_HERE: ReadonlySet<string> = new Set([
  'STOP.md',
  'SKILL.md',
  'Dashboard.md',
  'vault.json',
  'offers.json',
  'notices.json',
  'index.ts',
  'main.ts',
  'Anna.md',
  'Untitled.md',
  'AGENT.md',
  'workspace.json',
]);

function exists(name: string): boolean {
  const bare = name.replace(/\/$/, '');
  return ALL.includes(bare) || FOLDERS_OF_TREE.has(bare) || VAULT_NOTES.has(bare) || NOT_HERE.has(bare);
}

test('the documents are there, and name a plausible number of paths', () => {
  for (const file of [...MAIN, 'LICENSE', 'docs/vault-format.md', '.ci/run']) assert.ok(ALL.includes(file), file);
  const named = DOCUMENTS.flatMap(file => namedPaths(readRepository(file)));
  assert.ok(named.length >= 60, `only ${named.length} paths are named`);
  assert.ok(ALL.filter(file => /^docs\/decisions\/\d{3}-[a-z0-9-]+\.md$/.test(file)).length >= 8, 'decision records');
});

test('every path of the repository that a document names exists', () => {
  const wrong = DOCUMENTS.flatMap(file =>
    namedPaths(readRepository(file))
      .filter(name => !exists(name))
      .map(name => `${file}: ${name}`),
  );
  assert.deepEqual(wrong, []);
});

test('every link between documents leads somewhere', () => {
  let count = 0;
  const wrong = DOCUMENTS.flatMap(file =>
    [...readRepository(file).matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)].flatMap(([, link]) => {
      count += 1;
      const parts = [...file.split('/').slice(0, -1)];
      for (const part of (link ?? '').split('/')) {
        if (part === '..') parts.pop();
        else if (part !== '.') parts.push(part);
      }
      return exists(parts.join('/')) ? [] : [`${file}: ${link}`];
    }),
  );
  assert.deepEqual(wrong, []);
  assert.ok(count >= 10, `only ${count} links were found`);
});

test('every folder of a vault that a document or the template names is one that the code knows', () => {
  const known = new Set<string>(Object.values(FOLDERS));
  const wrong = [...DOCUMENTS, ...TEMPLATE].flatMap(file =>
    [...readRepository(file).matchAll(/`([A-Z][A-Za-z]+(?:_[A-Z][a-z]+)*)\/[^`\n]*`/g)]
      .map(([, folder]) => folder ?? '')
      .filter(folder => !known.has(folder))
      .map(folder => `${file}: ${folder}`),
  );
  assert.deepEqual(wrong, []);
  for (const folder of known) {
    assert.ok(VAULT_NOTES.has(`${folder}/README.md`), `${folder}/ has no README.md in the template`);
  }
});

for (const [name, table] of Object.entries(STATE_TABLES)) {
  test(`docs/vault-format.md shows the table “${name}” as core/states.ts has it`, () => {
    const text = readRepository('docs/vault-format.md');
    const shown = text.split(`<!-- ${name} -->\n`)[1]?.split('\n<!-- end -->')[0];
    assert.equal(shown, table);
  });
}

test('nothing in the tree names a registry’s host or a machine’s own path', () => {
  const files = ALL.filter(file => !/\.(pdf|png|jpe?g)$/.test(file) && !file.endsWith('architecture-docs.test.ts'));
  assert.ok(files.length >= 120, `only ${files.length} files`);
  const forbidden = [
    /\bregistry\.[a-z0-9-]+\.[a-z]{2,}/,
    /\b(?:jfrog|artifactory|verdaccio|npmmirror)\b\.[a-z]/,
    /"resolved": "/,
    /(?<![\w.])\/(?:work|farm|root)\//,
    /(?<![\w.])\/home\/(?!you\b)[a-z]/,
    /(?<![\w.])\/Users\/[a-z]/,
  ];
  const wrong = files.flatMap(file =>
    readRepository(file)
      .split('\n')
      .flatMap((line, at) => (forbidden.some(pattern => pattern.test(line)) ? [`${file}:${at + 1}`] : [])),
  );
  assert.deepEqual(wrong, []);
});

test('the template ships no file that Obsidian writes for itself, and its settings are JSON', () => {
  const settings = ALL.filter(file => file.startsWith('vault-template/.obsidian/'));
  assert.ok(settings.length >= 3, `only ${settings.length} settings`);
  assert.deepEqual(
    settings.filter(file => /workspace/.test(file)),
    [],
  );
  for (const file of settings.filter(one => one.endsWith('.json'))) JSON.parse(readRepository(file));
});
