import { readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import {
  type AllowedKey,
  keysCalled,
  outOfTime,
  renderAllowedSigners,
  SignerName,
  withKey,
} from '../../core/allowed-signers.ts';
import type { Environment } from '../../core/config.ts';
import { lstatOf } from '../../core/durable.ts';
import { JournalReader } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { type Failure, fail, ok, type Result, sentence } from '../../core/outcome.ts';
import { Spool } from '../../core/spool.ts';
import { fingerprintOf, type PublicKey, readPublicKey } from '../../core/ssh-key.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { reasonOf } from '../../core/system-error.ts';
import { tellIfDown } from './find.ts';

/** No public key is larger, in bytes. */
const LARGEST = 64 * 1024;

/** The public key in a file. */
export function readKeyFile(file: string): Result<PublicKey> {
  try {
    const stats = statSync(file);
    if (!stats.isFile() || stats.size > LARGEST) return fail('invalid', `${file} is no public key.`);
    return readPublicKey(readFileSync(file, 'utf8'));
  } catch (error) {
    return fail('invalid', `${file} cannot be read: ${reasonOf(error)}.`);
  }
}

/** The keys on record, and what becomes of them once the executor has read what waits for it. */
export function keysHere(state: StateFolder): {
  readonly onRecord: readonly AllowedKey[];
  readonly soon: readonly AllowedKey[];
} {
  let onRecord: readonly AllowedKey[] = [];
  for (const { body } of new JournalReader(state.ledger, LedgerRecord).next()) {
    if (body.kind === 'KEYS') onRecord = body.keys;
  }
  let soon = onRecord;
  for (const { message } of new Spool(state.executorSpool, state.tmp).waiting(() => undefined)) {
    if (message.kind === 'allow_key') soon = withKey(soon, message.key);
    if (message.kind === 'revoke_key') {
      const gone = keysCalled(soon, message.key);
      soon = soon.filter(key => !gone.includes(key));
    }
  }
  return { onRecord, soon };
}

function refuse(failure: Failure): number {
  process.stderr.write(`${sentence(failure)}\n`);
  return EXIT.usage;
}

export type Allowing = { readonly name?: string; readonly from?: string; readonly until?: string };

/** Lets what a key signs count. */
export function allowKey(environment: Environment, file: string, options: Allowing): number {
  const opened = openVault(environment);
  if (!opened.ok) return refuse(opened.failure);
  const read = readKeyFile(path.resolve(file));
  if (!read.ok) return refuse(read.failure);
  const { type, blob, comment } = read.value;
  const fromComment = SignerName.safeParse(comment.trim());
  const name = SignerName.safeParse(options.name ?? (fromComment.success ? fromComment.data : userInfo().username));
  if (!name.success) {
    const message = `“${options.name}” is no name for a key: it takes letters, digits and . _ @ + - only.`;
    return refuse({ kind: 'invalid', message });
  }
  const after = moment(options.from);
  const before = moment(options.until);
  if (!after.ok) return refuse(after.failure);
  if (!before.ok) return refuse(before.failure);
  const key: AllowedKey = {
    ...{ name: name.data, type, blob },
    ...(after.value === undefined ? {} : { after: after.value }),
    ...(before.value === undefined ? {} : { before: before.value }),
  };
  const { state } = opened.value;
  const by = userInfo().username;
  new Spool(state.executorSpool, state.tmp).put(`person-key-${Date.now()}-${process.pid}`, {
    kind: 'allow_key',
    key,
    by,
  });
  process.stdout.write(`allowed   ${told(key)}\n`);
  tellIfDown(state);
  return EXIT.ok;
}

/** A day (`2027-01-31`, from its first moment on, local time) or a moment. */
function moment(given: string | undefined): Result<string | undefined> {
  if (given === undefined) return ok(undefined);
  const at = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?Z?)?$/.test(given)
    ? new Date(given.length === 10 ? `${given}T00:00:00` : given)
    : new Date(Number.NaN);
  if (Number.isNaN(at.getTime())) return fail('invalid', `“${given}” is no day.`, 'Write it as 2027-01-31.');
  at.setMilliseconds(0);
  return ok(at.toISOString());
}

/** Lets what a key signs no longer count. */
export function revokeKey(environment: Environment, wanted: string): number {
  const opened = openVault(environment);
  if (!opened.ok) return refuse(opened.failure);
  const { state } = opened.value;
  const { soon } = keysHere(state);
  const gone = keysCalled(soon, wanted);
  if (gone.length === 0) {
    const known = soon.map(({ name }) => name).join(', ');
    const mend = known === '' ? 'No key is allowed at all.' : `Allowed: ${known}.`;
    return refuse({ kind: 'invalid', message: `No key is called “${wanted}”.`, mend });
  }
  const by = userInfo().username;
  new Spool(state.executorSpool, state.tmp).put(`person-key-${Date.now()}-${process.pid}`, {
    ...{ kind: 'revoke_key', key: wanted, by },
  });
  for (const key of gone) process.stdout.write(`revoked   ${told(key)}\n`);
  tellIfDown(state);
  return EXIT.ok;
}

/** One line for each key whose signed decisions count. */
export function listKeys(environment: Environment): number {
  const opened = openVault(environment);
  if (!opened.ok) return refuse(opened.failure);
  const { state } = opened.value;
  const { onRecord, soon } = keysHere(state);
  for (const key of soon) {
    const late = outOfTime(key, new Date());
    const waits = onRecord.some(known => told(known) === told(key)) ? '' : '  (once Steward has run)';
    process.stdout.write(`${told(key)}${late === undefined ? '' : `  (does not count now: ${late})`}${waits}\n`);
  }
  for (const key of onRecord) {
    if (!soon.some(({ blob }) => blob === key.blob))
      process.stdout.write(`${told(key)}  (revoked once Steward has run)\n`);
  }
  if (soon.length === 0 && onRecord.length === 0) process.stdout.write('No key is allowed to sign decisions.\n');
  const inFile = listInFile(state);
  if (inFile === undefined ? onRecord.length === 0 : inFile === renderAllowedSigners(onRecord)) return EXIT.ok;
  process.stderr.write(
    `${state.allowedSigners} is not what is on record, so no signature counts: allow or revoke a key, and it is written anew.\n`,
  );
  return EXIT.failure;
}

/** What stands in the file of allowed keys; undefined where it is not there. */
const listInFile = (state: StateFolder): string | undefined =>
  lstatOf(state.allowedSigners) === undefined ? undefined : readFileSync(state.allowedSigners, 'utf8');

const told = ({ name, type, blob, after, before }: AllowedKey): string =>
  [
    `${name}  ${type}  ${fingerprintOf(blob)}`,
    ...(after === undefined ? [] : [`from ${after}`]),
    ...(before === undefined ? [] : [`until ${before}`]),
  ].join('  ');
