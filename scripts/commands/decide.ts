import { userInfo } from 'node:os';
import path from 'node:path';
import { parseApproval } from '../../core/approval-note.ts';
import type { Environment } from '../../core/config.ts';
import { lstatOf } from '../../core/durable.ts';
import { terminalLine } from '../../core/inert.ts';
import { JournalReader } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { EXIT, type OpenVault } from '../../core/open-vault.ts';
import { type Failure, fail, ok, type Result, sentence } from '../../core/outcome.ts';
import { Spool } from '../../core/spool.ts';
import { stateFolderOf, vaultIdentity } from '../../core/state-folder.ts';
import { FOLDERS } from '../../core/states.ts';
import { Vault } from '../../core/vault.ts';
import { judge } from '../../orchestrator/approve/judge.ts';
import { type Action, Book } from '../../orchestrator/execute/book.ts';
import { decideFromNote } from './decide-from-note.ts';
import { findWaiting, tellIfDown } from './find.ts';
import { keysHere } from './key.ts';
import { signDecision } from './sign.ts';

export type Saying = {
  readonly decision: 'approved' | 'rejected';
  readonly reason: string;
  /** Whether to sign it, and with which key (a file) where that was said. */
  readonly sign: boolean;
  readonly key?: string | undefined;
};

export function decide(environment: Environment, id: string, saying: Saying): number {
  if (saying.sign && !isKnownHere(environment)) return decideFromNote(environment, id, saying);
  const { decision, reason } = saying;
  // What waits for another try was approved before: it can still be called off.
  const found = findWaiting(
    environment,
    id,
    decision === 'approved' ? ['approval', 'held'] : ['approval', 'held', 'capped', 'retry'],
  );
  if (!found.ok) return refuse(found.failure);
  const { state } = found.value.opened;
  const one = found.value.found;
  const signature = saying.sign ? signHere(found.value.opened, one.id, saying) : ok(undefined);
  if (!signature.ok) return refuse(signature.failure);
  const name = (said: string): string => `person-decide-${one.id}-${said}`;
  const spool = new Spool(state.executorSpool, state.tmp);
  spool.putInsteadOf([name('approved'), name('rejected')], name(decision), {
    kind: 'decide',
    id: one.id,
    decision,
    reason,
    by: userInfo().username,
    way: 'command',
    ...(signature.value === undefined ? {} : { signature: signature.value }),
  });
  process.stdout.write(`${decision}  ${one.id}  ${terminalLine(one.title)}\n`);
  tellIfDown(state);
  return EXIT.ok;
}

function refuse(failure: Failure): number {
  process.stderr.write(`${sentence(failure)}\n`);
  return EXIT.usage;
}

/** Whether a Steward on this computer keeps the record of the vault. Looking makes none. */
function isKnownHere({ vault, home }: Environment): boolean {
  if (lstatOf(vault) === undefined) return true;
  const id = vaultIdentity(vault);
  return id.ok && lstatOf(stateFolderOf(home, vault, id.value).ledger) !== undefined;
}

/** Signs a decision on what is on record here; undefined where a signature is worth nothing because it has lapsed. */
function signHere({ root, state }: OpenVault, id: string, saying: Saying): Result<string | undefined> {
  const book = new Book();
  for (const record of new JournalReader(state.ledger, LedgerRecord).next()) book.apply(record);
  const action = book.actions.get(id);
  if (action === undefined || action.state === 'expired' || Date.parse(action.envelope.expires) <= Date.now()) {
    process.stderr.write('It has lapsed and is asked again under a new id: sign that one.\n');
    return ok(undefined);
  }
  if (saying.decision === 'approved' && !isShownAsRecorded(root, action)) {
    return fail(
      'denied',
      'Its note was changed, and a signature holds only for the action as it was prepared. Nothing was decided.',
      'Put the values back and approve it unchanged, or reject it and say what should be different.',
    );
  }
  const { digest, proposed } = action;
  const decision = { vault: path.basename(state.root), action: id, decision: saying.decision, digest } as const;
  const signature = signDecision(proposed, decision, saying.key, keysHere(state).soon);
  return signature.ok ? ok(signature.value.armoured) : signature;
}

/** Whether the note that a person has before them shows what is on record. One that lies nowhere shows nothing else. */
function isShownAsRecorded(root: string, { proposed }: Action): boolean {
  const vault = new Vault(root, 'person');
  return [FOLDERS.pending, FOLDERS.approved].every(folder => {
    const note = vault.read(`${folder}/${proposed.note}.md`);
    if (!note.ok) return true;
    const shown = parseApproval(note.value.text);
    return shown.ok && judge(proposed, shown.value).kind === 'same';
  });
}
