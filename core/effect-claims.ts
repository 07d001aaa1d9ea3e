import { readdirSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { claimsFolder } from './claims.ts';
import { digestOf } from './digest.ts';
import { createFile, ensureFolder, lstatOf, readIfThere } from './durable.ts';
import type { Envelope } from './envelope.ts';
import type { StateFolder } from './state-folder.ts';
import { NodeName } from './sync-settings.ts';

/**
 * How the executor, which reaches no remote, learns whether this node may do an action that `runs:` gives to either node:
 * it puts the digest of the effect down in `claims/effects/`, and the process that syncs answers beside it, once.
 */
type Where = Pick<StateFolder, 'root' | 'tmp'>;

const Answer = z.strictObject({ node: NodeName, mine: z.boolean() });
type Answer = z.infer<typeof Answer>;

/** Milliseconds that an effect waits for its answer before it is put off. */
const PATIENCE = 10_000;
const LOOK = 50;
const DIGEST = /^([0-9a-f]{64})\.ask$/;

export const effectsFolder = (where: Pick<StateFolder, 'root'>): string => path.join(claimsFolder(where), 'effects');
const askFile = (where: Where, digest: string): string => path.join(effectsFolder(where), `${digest}.ask`);
const answerFile = (where: Where, digest: string): string => path.join(effectsFolder(where), `${digest}.json`);

/** What is the same effect on every node: for the same task the same tool, account and arguments. */
export const effectDigest = ({ vault, task, server, tool, account, arguments: given }: Envelope): string =>
  digestOf({ vault: vault ?? '', task, server, tool, account, arguments: given });

/** The effects that wait for an answer. For the process that syncs. */
export function askedEffects(where: Where): readonly string[] {
  ensureFolder(effectsFolder(where));
  return readdirSync(effectsFolder(where)).flatMap(name => DIGEST.exec(name)?.[1] ?? []);
}

/** Says which node does an effect; what was said once stays. For the process that syncs. */
export function answerEffect(where: Where, digest: string, answer: Answer): void {
  createFile(where.tmp, answerFile(where, digest), `${JSON.stringify(answer)}\n`);
  if (lstatOf(askFile(where, digest)) !== undefined) unlinkSync(askFile(where, digest));
}

/**
 * Which node does an effect. Undefined where that is not known yet: then it must not begin. Asked again it is one
 * question, also after a restart.
 */
export async function whoDoes(where: Where, digest: string, patience = PATIENCE): Promise<Answer | undefined> {
  ensureFolder(effectsFolder(where));
  const end = performance.now() + patience;
  for (;;) {
    const text = readIfThere(answerFile(where, digest));
    if (text !== undefined) return Answer.parse(JSON.parse(text));
    createFile(where.tmp, askFile(where, digest), '');
    if (performance.now() >= end) return undefined;
    await sleep(LOOK);
  }
}
