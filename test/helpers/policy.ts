import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sha256 } from '../../core/digest.ts';
import type { Origin } from '../../core/envelope.ts';
import type { Reach } from '../../core/reach.ts';
import type { Proposal } from '../../orchestrator/decide/prepare.ts';
import type { InProcess } from './in-process.ts';
import { ScriptedExecutor } from './scripted.ts';

export const TASK = 'tester-0123456789ab';
export const SENDS: Reach = { does: 'send', egress: true, routing: ['to'] };
export const PAYS: Reach = { does: 'pay', egress: true, routing: ['to'], amount: 'amount', currency: 'currency' };
const PERSON: Origin = { kind: 'person' };

export const policyText = (yaml: string): string => `# Policies\n\n## Rules\n\n\`\`\`yaml\n${yaml.trim()}\n\`\`\`\n`;

/** Lets a policy hold, as if the vault had come with it. */
export async function hold(vault: InProcess, yaml: string): Promise<void> {
  const text = policyText(yaml);
  writeFileSync(path.join(vault.root, 'Policies.md'), text);
  await vault.ledger.record({ kind: 'POLICY', sha256: sha256(text), text, by: 'steward' });
}

/** Writes `Policies.md` as a person does. */
export const writePolicy = (vault: InProcess, yaml: string): void =>
  writeFileSync(path.join(vault.root, 'Policies.md'), policyText(yaml));

/** An executor whose far end obeys, over a vault in which a policy holds. */
export async function executorUnder(vault: InProcess, yaml: string, reach: Reach = SENDS): Promise<ScriptedExecutor> {
  await hold(vault, yaml);
  const executor = new ScriptedExecutor(vault);
  executor.servers.reach = reach;
  return executor;
}

/** A proposal to send something to somebody, all of it from the person. */
export const sending = (to: string, more: Proposal['arguments'] = {}): Partial<Proposal> => ({
  arguments: { to, ...more },
  origins: Object.fromEntries(['to', ...Object.keys(more)].map(name => [name, PERSON])),
});

/** Lets time pass while the computer is awake, looking around as Steward does. */
export async function pass(vault: InProcess, executor: ScriptedExecutor, minutes: number): Promise<void> {
  for (let left = minutes * 60_000; left > 0; left -= 50_000) {
    vault.ahead.wall += Math.min(left, 50_000);
    vault.ahead.monotonic += Math.min(left, 50_000);
    await executor.drain();
  }
}

export const notesIn = (vault: InProcess, folder: string): string[] =>
  readdirSync(path.join(vault.root, folder)).filter(name => name.endsWith('.md') && name !== 'README.md');

export const moveNote = (vault: InProcess, name: string, from: string, to: string): void =>
  renameSync(path.join(vault.root, from, name), path.join(vault.root, to, name));

export const stateOf = (vault: InProcess, ordinal: number | string = 1): string | undefined => {
  const id = `${TASK}-a${ordinal}`;
  return vault.ledger.book.actions.get(id)?.state ?? vault.ledger.book.past.get(id);
};

/** How an action was approved: its record in the ledger. */
export const approvalsOf = (vault: InProcess, ordinal: number | string = 1) =>
  vault.records().flatMap(({ body }) => (body.kind === 'APPROVED' && body.id === `${TASK}-a${ordinal}` ? [body] : []));
