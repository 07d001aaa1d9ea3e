import path from 'node:path';
import { sha256 } from '../../core/digest.ts';
import { ABOUT_HANDOVER, handoverPath, renderHandover } from '../../core/handover-note.ts';
import { nodeKeyFile } from '../../core/node-key.ts';
import { signAsNode } from '../../core/node-signature.ts';
import { sentence } from '../../core/outcome.ts';
import type { Message } from '../../core/spool.ts';
import type { ExecutorContext } from '../execute/context.ts';

/**
 * Writes down, under this node’s own word, what another node needs to end a task and file it. The planner says what that
 * is; it holds no key. False where it has to wait.
 */
export async function handOver(
  { task, task_note, title, note, to, text }: Extract<Message, { kind: 'hand_over' }>,
  { vault, state, config, log }: ExecutorContext,
): Promise<boolean> {
  const statement = {
    ...{ vault: path.basename(state.root), node: config.node },
    ...{ about: ABOUT_HANDOVER, digest: sha256(text) },
  };
  const signed = await signAsNode(statement, nodeKeyFile(state, config.sync));
  if (!signed.ok) throw new Error(`${title} is to go to “${to}”: ${sentence(signed.failure)}`);
  const made = vault.create(
    handoverPath(config.node, note),
    renderHandover({ task_note, title, from: config.node, to, signature: signed.value, text }),
  );
  if (!made.ok) throw new Error(sentence(made.failure));
  log.event(`hands over ${title} (${task})  →  ${to}`);
  return true;
}

/** Takes away what was written for the other node, once that one has filed the task. */
export async function takeBack(
  { note }: Extract<Message, { kind: 'handed_back' }>,
  { vault, config }: ExecutorContext,
): Promise<boolean> {
  const removed = vault.remove(handoverPath(config.node, note));
  if (!removed.ok) throw new Error(sentence(removed.failure));
  return true;
}
