import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { type AllowedKey, outOfTime, renderAllowedSigners } from '../../core/allowed-signers.ts';
import { lstatOf } from '../../core/durable.ts';
import { JournalReader } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { fingerprintOf, lookAtPrivateKey } from '../../core/ssh-key.ts';
import { hasSshKeygen } from '../../core/ssh-keygen.ts';
import { policyThatHolds } from '../../orchestrator/decide/held-policy.ts';
import { Book } from '../../orchestrator/execute/book.ts';
import { keysHere, readKeyFile } from '../commands/key.ts';
import { broken, type Finding, fine, type Patient, quote, some, warn } from './finding.ts';

/** No key’s file is larger, in bytes. */
const LARGEST = 64 * 1024;

/** Whether signed decisions can be checked here, and whether a program on this computer could make them. */
export function checkSigning(patient: Patient): readonly Finding[] {
  const { state, now } = patient;
  const { onRecord } = keysHere(state);
  const isDemanded = wantsSignatures(patient);
  if (onRecord.length === 0 && !isDemanded && lstatOf(state.allowedSigners) === undefined) return [];
  const findings: Finding[] = [];
  if (!hasSshKeygen()) {
    const text = 'Signed decisions cannot be checked: ssh-keygen is not on this computer, or too old.';
    findings.push(broken('signing', text, 'As root: apt install openssh-client'));
  }
  const inFile = lstatOf(state.allowedSigners) === undefined ? '' : readFileSync(state.allowedSigners, 'utf8');
  if (inFile !== renderAllowedSigners(onRecord) && !(inFile === '' && onRecord.length === 0)) {
    const text = `${state.allowedSigners} is not the list of keys that is on record, so no signature counts.`;
    findings.push(
      broken('signing', text, 'Look at  steward key list , then allow or revoke a key: that writes it anew.'),
    );
  }
  const usable = onRecord.filter(key => outOfTime(key, now) === undefined);
  if (isDemanded && usable.length === 0) {
    const text = 'Policies.md wants signed decisions, and no key is allowed to sign: what it is about is never done.';
    findings.push(warn('signing', text, 'steward key allow FILE.pub'));
  }
  findings.push(...openKeys(usable));
  return findings.length > 0 ? findings : [fine('signing', `${usable.length} keys may sign decisions`)];
}

function wantsSignatures({ state }: Patient): boolean {
  const book = new Book();
  for (const record of new JournalReader(state.ledger, LedgerRecord).next()) book.apply(record);
  return policyThatHolds(book).policy.rules.some(({ signature }) => signature === 'required');
}

/**
 * Private keys that are allowed and lie open where a program of this user could sign with them. Those in hardware are
 * only handles, and an encrypted one needs the person.
 */
function openKeys(allowed: readonly AllowedKey[]): readonly Finding[] {
  const folder = path.join(homedir(), '.ssh');
  if (!lstatOf(folder)?.isDirectory()) return [];
  return readdirSync(folder).flatMap(name => {
    const file = path.join(folder, name);
    const stats = lstatOf(file);
    if (!stats?.isFile() || stats.size > LARGEST) return [];
    const looked = lookAtPrivateKey(readFileSync(file, 'utf8'));
    if (looked === undefined || looked.isEncrypted) return [];
    const beside = looked.blob === undefined ? readKeyFile(`${file}.pub`) : undefined;
    const blob = beside?.ok ? beside.value.blob : looked.blob;
    const owners = allowed.filter(key => key.blob === blob && !key.type.startsWith('sk-')).map(({ name: who }) => who);
    if (owners.length === 0 || blob === undefined) return [];
    const text = `${file} has no passphrase, and ${fingerprintOf(blob)} of ${some(owners)} may sign decisions: so may every program that runs as you.`;
    const mend = `Sign with a token (ssh-keygen -t ed25519-sk), by an agent that asks each time (ssh-add -c), or on the other computer only; or give it a passphrase: ssh-keygen -p -f ${quote(file)}`;
    return [warn('signing', text, mend)];
  });
}
