import { userInfo } from 'node:os';
import type { Environment } from '../../core/config.ts';
import { EXIT } from '../../core/open-vault.ts';
import { sentence } from '../../core/outcome.ts';
import { Spool } from '../../core/spool.ts';
import { findWaiting } from './find.ts';

function decide(environment: Environment, id: string, decision: 'approved' | 'rejected', reason: string): number {
  const found = findWaiting(environment, id, 'approval');
  if (!found.ok) {
    process.stderr.write(`${sentence(found.failure)}\n`);
    return EXIT.usage;
  }
  const { state } = found.value.opened;
  const one = found.value.found;
  new Spool(state.executorSpool, state.tmp).put(`person-decide-${one.id}`, {
    kind: 'decide',
    id: one.id,
    decision,
    reason,
    by: userInfo().username,
    way: 'command',
  });
  process.stdout.write(`${decision}  ${one.id}  ${one.title}\n`);
  return EXIT.ok;
}

export const approve = (environment: Environment, id: string): number => decide(environment, id, 'approved', '');
export const reject = (environment: Environment, id: string, reason: string): number =>
  decide(environment, id, 'rejected', reason);
