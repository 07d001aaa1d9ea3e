import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { REPOSITORY } from './place.ts';

const COPIED = [
  'core',
  'orchestrator',
  'watchers',
  'mcp-servers',
  'scripts',
  'vault-template',
  'examples',
  'package.json',
];

export type Mutant = { readonly file: string; readonly from: string; readonly to: string };

/** A copy of the source with one thing changed. Throws where what is to be changed does not stand there exactly once. */
export function makeMutant(base: string, { file, from, to }: Mutant): string {
  mkdirSync(base, { recursive: true });
  for (const name of COPIED) cpSync(path.join(REPOSITORY, name), path.join(base, name), { recursive: true });
  symlinkSync(path.join(REPOSITORY, 'node_modules'), path.join(base, 'node_modules'));
  const target = path.join(base, file);
  const text = readFileSync(target, 'utf8');
  if (text.split(from).length !== 2) throw new Error(`${file} does not hold “${from}” exactly once`);
  writeFileSync(target, text.replace(from, to));
  return base;
}

/** The bytes of a new file are not synced before its name is. */
export const NO_FILE_SYNC: Mutant = {
  file: 'core/durable.ts',
  from: '    futimesSync(handle, before, before);\n    fsyncSync(handle);\n  } catch',
  to: '    futimesSync(handle, before, before);\n  } catch',
};

/** The new folder of a moved file is not synced before the old name goes. */
export const NO_FOLDER_SYNC: Mutant = {
  file: 'core/durable.ts',
  from: '  syncFolder(path.dirname(target));\n  unlinkSync(from);',
  to: '  unlinkSync(from);',
};

const INTENT = "  await ledger.record({ kind: 'INTENT', id, digest, attempt });\n";

/** No INTENT is on disk before the effect; the record that the ledger asks for is made up afterwards. */
export const NO_INTENT: Mutant = {
  file: 'orchestrator/execute/perform.ts',
  from: INTENT,
  to: '',
};

/** The second half of taking out the INTENT: what keeps the story itself possible. */
export const INTENT_AFTERWARDS: Mutant = {
  file: 'orchestrator/execute/perform.ts',
  from: "  if (outcome.outcome === 'unknown') {\n    await ledger.record({ kind: 'UNKNOWN'",
  to: `${INTENT}  if (outcome.outcome === 'unknown') {\n    await ledger.record({ kind: 'UNKNOWN'`,
};
