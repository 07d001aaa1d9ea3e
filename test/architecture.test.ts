import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { codeOnly, type Import, importsOf, readRepository, repositoryFiles } from './helpers/tree.ts';

/** The import rules and other laws of ARCHITECTURE.md, held against every source file. */
const PARTS = ['core', 'watchers', 'orchestrator', 'mcp-servers', 'dashboard', 'scripts'] as const;
const ALL = repositoryFiles();
const PRODUCT = ALL.filter(file => PARTS.some(part => file.startsWith(`${part}/`)) && /\.(ts|mjs|cjs)$/.test(file));
const TESTS = ALL.filter(file => file.startsWith('test/') && file.endsWith('.ts'));
const IMPORTS = PRODUCT.flatMap(importsOf);

/** What is looked at in the settings of the checkers. */
const Named = z.looseObject({
  include: z.array(z.string()).optional(),
  project: z.array(z.string()).optional(),
  files: z.looseObject({ includes: z.array(z.string()) }).optional(),
  scripts: z.record(z.string(), z.string()).optional(),
});

const partOf = (file: string): string => file.split('/')[0] ?? '';

/** Files that are values in, values out: no system, no clock, no chance, no environment. */
const PURE: readonly string[] = [
  'core/allowed-signers.ts',
  'core/approval-callout.ts',
  'core/approval-edit.ts',
  'core/approval-note.ts',
  'core/ssh-key.ts',
  'core/signed-decision.ts',
  'core/acquaintance.ts',
  'core/attachment-path.ts',
  'core/bounded.ts',
  'core/brain.ts',
  'core/contacts.ts',
  'core/digest.ts',
  'core/emergency.ts',
  'core/envelope.ts',
  'core/front-matter.ts',
  'core/inert.ts',
  'core/ledger-record.ts',
  'core/live-markdown.ts',
  'core/look-alike.ts',
  'core/mail/address.ts',
  'core/mail/charset.ts',
  'core/mail/date.ts',
  'core/mail/flowed.ts',
  'core/mail/header.ts',
  'core/mail/line.ts',
  'core/mail/message.ts',
  'core/mail/part.ts',
  'core/mail/quoted.ts',
  'core/mail/tnef.ts',
  'core/mail/transfer.ts',
  'core/names.ts',
  'core/networked-watcher.ts',
  'core/unreadable-note.ts',
  'core/node-role.ts',
  'core/exposure.ts',
  'core/fault.ts',
  'core/oauth.ts',
  'core/outcome.ts',
  'core/policy.ts',
  'core/reach.ts',
  'core/reading.ts',
  'core/routing.ts',
  'core/owned-region.ts',
  'core/question-note.ts',
  'core/secret-forms.ts',
  'core/secret-guard.ts',
  'core/secret-names.ts',
  'core/secret-patterns.ts',
  'core/states.ts',
  'core/strict-json.ts',
  'core/sync-settings.ts',
  'core/system-error.ts',
  'core/vault-paths.ts',
  'core/watcher.ts',
  'core/wrote-to.ts',
  'mcp-servers/email/arguments.ts',
  'mcp-servers/email/fault.ts',
  'mcp-servers/email/imap-fault.ts',
  'mcp-servers/email/list-header.ts',
  'mcp-servers/email/settings.ts',
  'mcp-servers/email/threading.ts',
  'mcp-servers/files/list-note.ts',
  'orchestrator/approve/judge.ts',
  'orchestrator/brains/rulebook/apply.ts',
  'orchestrator/brains/rulebook/bank/amount.ts',
  'orchestrator/brains/rulebook/bank/columns.ts',
  'orchestrator/brains/rulebook/bank/dates.ts',
  'orchestrator/brains/rulebook/bank/index.ts',
  'orchestrator/brains/rulebook/bank/records.ts',
  'orchestrator/brains/rulebook/bank/statement.ts',
  'orchestrator/brains/rulebook/dates.ts',
  'orchestrator/brains/rulebook/due.ts',
  'orchestrator/brains/rulebook/fill.ts',
  'orchestrator/brains/rulebook/index.ts',
  'orchestrator/brains/rulebook/link.ts',
  'orchestrator/brains/rulebook/mail.ts',
  'orchestrator/brains/rulebook/match.ts',
  'orchestrator/brains/rulebook/meeting.ts',
  'orchestrator/brains/rulebook/place.ts',
  'orchestrator/brains/rulebook/readers.ts',
  'orchestrator/brains/rulebook/reading.ts',
  'orchestrator/brains/rulebook/rule.ts',
  'orchestrator/decide/facts.ts',
  'orchestrator/decide/standing.ts',
  'orchestrator/execute/action.ts',
  'orchestrator/decide/amount-check.ts',
  'orchestrator/decide/policy-change.ts',
  'orchestrator/decide/policy/amount.ts',
  'orchestrator/decide/policy/box.ts',
  'orchestrator/decide/policy/caps.ts',
  'orchestrator/decide/policy/compare.ts',
  'orchestrator/decide/policy/explain.ts',
  'orchestrator/decide/policy/falls-under.ts',
  'orchestrator/decide/policy/fallback.ts',
  'orchestrator/decide/policy/glob.ts',
  'orchestrator/decide/policy/judge.ts',
  'orchestrator/decide/policy/match.ts',
  'orchestrator/decide/policy/parse.ts',
  'orchestrator/execute/book.ts',
  'orchestrator/execute/breaker.ts',
  'orchestrator/execute/emergency.ts',
  'orchestrator/execute/history.ts',
  'orchestrator/report/anchor.ts',
  'orchestrator/report/check-meaning.ts',
  'orchestrator/report/log-chain.ts',
  'orchestrator/report/log-comparison.ts',
  'orchestrator/report/log-file.ts',
  'orchestrator/report/log-lines.ts',
  'orchestrator/report/receipt-note.ts',
  'orchestrator/report/stop-note.ts',
  'orchestrator/report/review.ts',
  'orchestrator/memory/memory-note.ts',
  'orchestrator/memory/recall.ts',
  'orchestrator/memory/whose.ts',
  'orchestrator/memory/words-in.ts',
  'orchestrator/text/thread.ts',
  'orchestrator/think/look-tools.ts',
  'orchestrator/schedule/chronicle.ts',
  'orchestrator/schedule/digest-note.ts',
  'orchestrator/schedule/due.ts',
  'orchestrator/schedule/queue.ts',
  'orchestrator/schedule/standing.ts',
  'orchestrator/schedule/words.ts',
  'orchestrator/sync/plan.ts',
  'orchestrator/sync/brake.ts',
  'orchestrator/sync/places.ts',
  'orchestrator/sync/merge.ts',
  'orchestrator/sync/incoming.ts',
  'orchestrator/sync/flow.ts',
  'orchestrator/sync/collide.ts',
  'orchestrator/sync/aside.ts',
  'orchestrator/sync/claim-record.ts',
  'orchestrator/sync/remote-place.ts',
  'orchestrator/sync/same-name.ts',
  'orchestrator/sync/steps.ts',
  'orchestrator/think/budget.ts',
  'orchestrator/think/outcomes.ts',
  'orchestrator/think/provenance.ts',
  'orchestrator/think/route.ts',
  'orchestrator/think/thinkers.ts',
  'orchestrator/think/tokens.ts',
  'orchestrator/think/tools.ts',
  'watchers/contacts/card.ts',
  'watchers/contacts/settings.ts',
  'watchers/contacts/xml.ts',
  'watchers/filesystem/drop-note.ts',
  'watchers/mail/fault.ts',
  'watchers/mail/settings.ts',
  'watchers/mail/note/beware.ts',
  'watchers/mail/note/bounce.ts',
  'watchers/mail/note/bulk.ts',
  'watchers/mail/note/callouts.ts',
  'watchers/mail/note/doubts.ts',
  'watchers/mail/note/facts.ts',
  'watchers/mail/note/files.ts',
  'watchers/mail/note/head.ts',
  'watchers/mail/note/history.ts',
  'watchers/mail/note/invitation.ts',
  'watchers/mail/note/links.ts',
  'watchers/mail/note/markdown.ts',
  'watchers/mail/note/note.ts',
  'watchers/mail/note/page.ts',
  'watchers/mail/note/plain.ts',
  'watchers/mail/note/runs.ts',
  'watchers/mail/note/says.ts',
  'watchers/mail/note/sender.ts',
];

/** Who reads or hands on the environment, besides core/config.ts, and why. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  'core/config.ts': 'reads it, and nobody else does',
  'mcp-servers/main.ts': 'takes STEWARD_SERVER, what the executor hands over',
  'scripts/launch.mjs': 'plain JavaScript that runs before anything else, on any Node: finds the pinned one',
};

/** Files outside core/ that touch the file system themselves, and why the vault’s own protocol is not what they need. */
const FILE_SYSTEM: Readonly<Record<string, string>> = {
  'orchestrator/planner.ts': 'lists journals in the state folder',
  'orchestrator/think/task-journal.ts': 'lists and puts away journals in the state folder',
  'orchestrator/think/pdf-worker.ts': 'reads one dropped file, in a worker',
  'orchestrator/text/office-worker.ts': 'reads one dropped file, in a worker',
  'orchestrator/text/mail-worker.ts': 'reads one dropped file, in a worker',
  'orchestrator/text/zip.ts': 'reads parts of one dropped file, in a worker',
  'orchestrator/memory/catch-up.ts': 'lists the folders of the vault whose notes are in the index',
  'orchestrator/memory/vault-index.ts': 'removes an index that is broken, in the state folder',
  'orchestrator/sync/ground.ts': 'asks for the times of one file to the nanosecond',
  'orchestrator/sync/heal.ts': 'mends the git directory in the state folder',
  'orchestrator/sync/mine.ts': 'asks for times of files to the nanosecond, and reads long ones as a stream',
  'orchestrator/sync/objects.ts': 'writes objects into the git directory in the state folder',
  'orchestrator/sync/repository.ts': 'keeps settings and two refs of the git directory in the state folder',
  'orchestrator/sync/watch-vault.ts': 'watches the folders of the vault',
  'mcp-servers/email/kept-bytes.ts': 'lets go of bytes that it kept in its folder of the state folder',
  'watchers/mail/bodies.ts': 'streams a large message into the state folder',
  'watchers/filesystem/walk.ts': 'lists drop folders, which may lie outside the vault',
  'watchers/filesystem/drop-folder.ts': 'asks whether a drop folder may be read and written',
  'watchers/filesystem/canary.ts': 'puts a test file into a drop folder and takes it away',
  'scripts/launch.mjs': 'looks for the pinned Node',
  'scripts/commands/key.ts': 'reads the public key that a person names, wherever it lies',
  'scripts/commands/anchor.ts': 'adds a line to a file that is kept outside vault and state',
  'scripts/commands/pair-join.ts': 'looks whether the folder for the vault is empty',
  'scripts/pair/host-keys.ts': 'keeps the pinned keys of hosts in the state folder',
  'scripts/pair/remote.ts': 'reads the scripts that it runs at the remote',
  'scripts/pair/settings.ts': 'reads config.yaml as text, so that its comments stay',
  'scripts/review/editor.ts': 'hands one value to the person’s editor, in a passing file that is theirs alone',
  'scripts/commands/verify.ts': 'reads anchors and a copy of the log, which are kept elsewhere',
  'scripts/commands/init.ts': 'copies the template into a new vault',
  'scripts/commands/service.ts': 'removes what belongs to a service with it',
  'scripts/service/choose.ts': 'looks whose the state folder is, and for files of secrets',
  'scripts/service/pm2.ts': 'makes and removes a home for pm2',
  'scripts/service/record.ts': 'reads what it put into the state folder',
  'scripts/service/systemd.ts': 'keeps units in the folder of systemd',
  'scripts/connect/keep.ts': 'reads config.yaml in the state folder, to change it',
  'scripts/doctor/computer.ts': 'reads what the system allows',
  'scripts/doctor/disk.ts': 'tries what the file protocol relies on',
  'scripts/doctor/signing.ts': 'looks for open private keys in ~/.ssh',
  'scripts/doctor/folders.ts': 'follows the path of the vault to where it really is',
  'scripts/doctor/journals.ts': 'reads journals in the state folder',
  'scripts/doctor/running.ts': 'looks at the processes and files of a running Steward',
  'scripts/doctor/settings.ts': 'looks whether drop folders may be read, and for secrets in the settings',
};

const THINK = [
  ...['claim', 'think', 'brains', 'schedule', 'memory', 'text'].map(name => `orchestrator/${name}/`),
  ...['main', 'planner', 'open-planner', 'report/dashboard', 'report/story'].map(name => `orchestrator/${name}.ts`),
];
const EXECUTE = [
  ...['decide', 'approve', 'execute', 'report'].map(name => `orchestrator/${name}/`),
  'orchestrator/executor.ts',
];
/** What carries the vault between nodes: neither thinks nor has effects. */
const SYNC = ['orchestrator/sync/', 'orchestrator/syncer.ts'];
const isIn = (file: string, places: readonly string[]): boolean =>
  places.some(place => file === place || (place.endsWith('/') && file.startsWith(place)));
const sideOf = (file: string): 'think' | 'execute' | 'sync' | 'other' =>
  isIn(file, THINK) ? 'think' : isIn(file, EXECUTE) ? 'execute' : isIn(file, SYNC) ? 'sync' : 'other';

/** A watcher, a brain or a server: a file, or a folder with what it consists of. */
function unitOf(file: string): string | undefined {
  const found = /^(watchers|mcp-servers|orchestrator\/brains)\/([^/]+?)(?:\.ts)?(?:\/|$)/.exec(file);
  return found === null || found[2] === 'main' ? undefined : `${found[1]}/${found[2]}`;
}

const told = (found: readonly Import[]): string[] => found.map(({ from, to }) => `${from} imports ${to}`);
const lineOf = (source: string, at: number): number => source.slice(0, at).split('\n').length;

/** Each place in the product where a pattern stands in code, as `file:line`. */
function places(pattern: RegExp, files: readonly string[], keepStrings = false): string[] {
  return files.flatMap(file => {
    const source = codeOnly(readRepository(file), keepStrings);
    return [...source.matchAll(pattern)].map(match => `${file}:${lineOf(source, match.index)} ${match[0].trim()}`);
  });
}

test('the gate examines the whole product, not an empty list', () => {
  assert.ok(PRODUCT.length >= 80, `only ${PRODUCT.length} product files`);
  assert.ok(IMPORTS.length >= 400, `only ${IMPORTS.length} imports`);
  assert.ok(TESTS.length >= 4, `only ${TESTS.length} test files`);
  for (const part of ['core', 'watchers', 'orchestrator', 'mcp-servers', 'scripts']) {
    assert.ok(PRODUCT.filter(file => partOf(file) === part).length >= 2, `nothing was found in ${part}/`);
  }
  const unknown = IMPORTS.filter(({ to }) => PARTS.some(part => to.startsWith(`${part}/`)) && !ALL.includes(to));
  assert.deepEqual(told(unknown), [], 'imports of files that do not exist: the gate reads imports wrongly');
});

test('types, lint and dead code are checked in every part, and a checker that finds nothing to check fails', () => {
  const parts = new Set(ALL.filter(file => file.endsWith('.ts')).map(partOf));
  const { include } = Named.parse(JSON.parse(readRepository('tsconfig.json')));
  const { project } = Named.parse(JSON.parse(readRepository('knip.json')));
  for (const part of parts) {
    assert.ok(include?.includes(part), `tsconfig.json leaves out ${part}`);
    assert.ok(project?.[0]?.split(/[{},]/).includes(part), `knip.json leaves out ${part}`);
  }
  assert.ok(Named.parse(JSON.parse(readRepository('biome.json'))).files?.includes.includes('**/*.ts'));
  const { scripts } = Named.parse(JSON.parse(readRepository('package.json')));
  assert.match(
    scripts?.check ?? '',
    /tsc --noEmit.*biome check --error-on-warnings .*knip --treat-config-hints-as-errors/,
  );
});

test('core imports nothing of ours but core', () => {
  const wrong = IMPORTS.filter(({ from, to }) => partOf(from) === 'core' && ALL.includes(to) && partOf(to) !== 'core');
  assert.deepEqual(told(wrong), []);
});

test('watchers, orchestrator, mcp-servers and dashboard import one another nowhere, and scripts are imported by nobody', () => {
  const apart = ['watchers', 'orchestrator', 'mcp-servers', 'dashboard'];
  const wrong = IMPORTS.filter(({ from, to }) => {
    if (!ALL.includes(to) || partOf(from) === partOf(to)) return false;
    return partOf(to) === 'scripts' || (apart.includes(partOf(from)) && partOf(to) !== 'core');
  });
  assert.deepEqual(told(wrong), []);
});

test('no watcher, brain or server is imported by another, nor by what runs it', () => {
  const wrong = IMPORTS.filter(
    ({ from, to }) => partOf(from) !== 'scripts' && unitOf(to) !== undefined && unitOf(to) !== unitOf(from),
  );
  assert.deepEqual(told(wrong), [], 'they are found by discovery; only the command line may look into them');
  assert.ok(new Set(PRODUCT.map(unitOf).filter(unit => unit !== undefined)).size >= 3, 'units were found');
});

test('every file of the orchestrator is on one side, and no side imports another', () => {
  const files = PRODUCT.filter(file => partOf(file) === 'orchestrator');
  assert.deepEqual(
    files.filter(file => sideOf(file) === 'other'),
    [],
    'of neither side',
  );
  for (const side of ['think', 'execute']) assert.ok(files.filter(file => sideOf(file) === side).length >= 10, side);
  const wrong = IMPORTS.filter(
    ({ from, to }) => files.includes(from) && files.includes(to) && sideOf(from) !== sideOf(to),
  );
  assert.deepEqual(told(wrong), []);
});

test('nobody imports an entry point', () => {
  const wrong = [...IMPORTS, ...TESTS.flatMap(importsOf)].filter(({ to }) =>
    /(^|\/)(main|executor|syncer|pdf-worker|office-worker|steward)\.ts$/.test(to),
  );
  assert.deepEqual(told(wrong), []);
});

test('code is loaded by name in one place only, and only from the repository', () => {
  const loading = places(/\bimport\((?!')/g, PRODUCT, true).map(place => place.split(':')[0]);
  assert.deepEqual([...new Set(loading)], ['core/discover.ts', 'scripts/launch.mjs']);
});

test('pure files have no system, clock, chance or environment, and depend on pure files only', () => {
  assert.deepEqual(
    PURE.filter(file => !PRODUCT.includes(file)),
    [],
    'listed as pure, but not there',
  );
  const system = IMPORTS.filter(({ from, to }) => PURE.includes(from) && to.startsWith('node:'));
  assert.deepEqual(told(system), ['core/digest.ts imports node:crypto']);
  assert.match(readRepository('core/digest.ts'), /import \{ createHash \} from 'node:crypto'/);
  const impure =
    /\bprocess\.|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.|\bfetch\(|\bset(Timeout|Interval)\b/g;
  assert.deepEqual(places(impure, PURE), []);
  const below = IMPORTS.filter(
    ({ from, to, typeOnly }) => PURE.includes(from) && PRODUCT.includes(to) && !typeOnly && !PURE.includes(to),
  );
  assert.deepEqual(told(below), []);
});

test('the environment is read in core/config.ts only', () => {
  const found = new Set(places(/\bprocess\.env\b/g, PRODUCT).map(place => place.split(':')[0]));
  assert.deepEqual([...found].sort(), Object.keys(ENVIRONMENT).sort());
});

test('files are touched by core, and by the few that say why', () => {
  const found = IMPORTS.filter(({ from, to }) => /^node:fs/.test(to) && partOf(from) !== 'core').filter(
    ({ typeOnly }) => !typeOnly,
  );
  const wrong = found.filter(({ from }) => FILE_SYSTEM[from] === undefined);
  assert.deepEqual(told(wrong), []);
});

test('no product file is longer than 300 lines, and half of them are shorter than 110', () => {
  const sizes = PRODUCT.map(file => ({ file, lines: readRepository(file).trimEnd().split('\n').length }));
  assert.deepEqual(
    sizes.filter(({ lines }) => lines > 300),
    [],
  );
  const sorted = sizes.map(({ lines }) => lines).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  assert.ok(median < 110, `the median is ${median} lines`);
});

test('nothing gets past the compiler: no any, no cast, no exclamation mark, no ts-ignore', () => {
  const files = [...PRODUCT, ...TESTS].filter(file => file.endsWith('.ts'));
  assert.deepEqual(places(/(?::\s*|<|\|\s*)any\b(?!\w)|\bany\[\]|\bas\s+any\b/g, files), []);
  assert.deepEqual(places(/\bas\s+unknown\s+as\b/g, files), []);
  assert.deepEqual(places(/[\w)\]]!(?:[.;,)\]]|$)/gm, files), []);
  const hushed = files.filter(file =>
    /@ts-(ignore|expect-error|nocheck)/.test(readRepository(file).replaceAll('@ts-(', '')),
  );
  assert.deepEqual(hushed, []);
  const casts = places(/\bas (?!const\b)[\w({[]+/g, files, false).filter(place => !isImportOrText(place));
  assert.deepEqual(casts, []);
});

/** Whether an “as” stands in an import or in the text of a template rather than in code. */
function isImportOrText(place: string): boolean {
  const [file = '', line = '0'] = place.split(/[: ]/);
  const text = readRepository(file).split('\n')[Number(line) - 1] ?? '';
  return /^(import|export) /.test(text) || /`[^`]*\bas [^`]*`/.test(text);
}
