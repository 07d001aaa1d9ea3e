import path from 'node:path';
import { fail, ok, type Result } from '../../core/outcome.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { Git, lastLine } from '../../orchestrator/sync/git.ts';
import { sshCommand } from '../../orchestrator/sync/ssh.ts';

/** Milliseconds that trying may take. */
const LONGEST = 45_000;

/** Whether this node reaches the remote with its own key, and only with it. */
export async function reach(
  state: Pick<StateFolder, 'root'>,
  keyFile: string,
  remote: string,
): Promise<Result<'reached'>> {
  const git = new Git(path.join(state.root, 'sync', 'none'), sshCommand(state, keyFile, remote));
  const ran = await git.run(['ls-remote', '--', remote], { longest: LONGEST });
  if (ran.code === 0) return ok('reached');
  const said = ran.said;
  if (/Host key verification failed|IDENTIFICATION HAS CHANGED/.test(said)) {
    return fail('denied', `${remote} shows another host key than the one that is pinned.`, 'Pair again.');
  }
  if (/Permission denied|access denied|not let in here/i.test(said)) {
    return fail('denied', `${remote} does not know this node’s key yet.`);
  }
  return fail('retryable', `${remote} cannot be reached: ${lastLine(said)}.`);
}
