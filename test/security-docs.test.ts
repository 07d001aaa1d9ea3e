import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { codeOnly, REPOSITORY, readRepository, repositoryFiles } from './helpers/tree.ts';

/** What docs/security.md promises, held against the tests that it names. */
const ALL = repositoryFiles();
const TEXT = readRepository('docs/security.md');
const ROWS = TEXT.split('\n').filter(line => line.startsWith('| ') && !/^\| (risk|class) \|/.test(line));

test('every row of the tables names a test that there is, by its file and by its name', () => {
  let named = 0;
  const wrong = ROWS.flatMap(row => {
    const found = [...row.matchAll(/`(test\/[\w/.-]+\.test\.ts)`(?: “([^”]+)”)?/g)];
    if (found.length === 0) return [`no test: ${row}`];
    return found.flatMap(([, file = '', name = '']) => {
      named += 1;
      if (!ALL.includes(file)) return [`no file ${file}`];
      return readRepository(file).includes(name) ? [] : [`${file} has no “${name}”`];
    });
  });
  assert.deepEqual(wrong, []);
  assert.ok(ROWS.length >= 30 && named >= 40, `${ROWS.length} rows, ${named} tests`);
});

test('the table of OWASP holds all ten, each once and in order', () => {
  const risks = ROWS.flatMap(row => /^\| (ASI\d\d) [A-Z]/.exec(row)?.[1] ?? []);
  assert.deepEqual(
    risks,
    Array.from({ length: 10 }, (_, index) => `ASI${String(index + 1).padStart(2, '0')}`),
  );
});

test('README and ARCHITECTURE lead to it', () => {
  for (const file of ['README.md', 'ARCHITECTURE.md'])
    assert.match(readRepository(file), /\(docs\/security\.md\)/, file);
});

test('no part of Steward listens on a port', () => {
  const product = ALL.filter(file => /^(core|watchers|orchestrator|mcp-servers|scripts)\/.*\.(ts|mjs)$/.test(file));
  assert.ok(product.length >= 100, `only ${product.length} files`);
  const listening = product.filter(file =>
    /\.listen\(|\bcreateServer\(|\bBun\.serve|\bDeno\.serve/.test(codeOnly(readRepository(file))),
  );
  assert.deepEqual(listening, []);
});

const Lock = z.looseObject({ packages: z.record(z.string(), z.looseObject({ integrity: z.string().optional() })) });

test('every package that is installed here is pinned by the hash of its content', () => {
  const { packages } = Lock.parse(JSON.parse(readRepository('package-lock.json')));
  // What is only for another kind of computer is listed too, and never fetched.
  const installed = Object.entries(packages).filter(([name]) => name !== '' && existsSync(path.join(REPOSITORY, name)));
  assert.ok(installed.length >= 50, `only ${installed.length} packages`);
  const loose = installed.filter(([, { integrity }]) => !/^sha512-/.test(integrity ?? '')).map(([name]) => name);
  assert.deepEqual(loose, []);
});
