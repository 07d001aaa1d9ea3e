import { userInfo } from 'node:os';
import type { Environment } from '../../core/config.ts';
import { EXIT } from '../../core/open-vault.ts';
import { sentence } from '../../core/outcome.ts';
import { Spool } from '../../core/spool.ts';
import { findWaiting, tellIfDown } from './find.ts';

function decide(environment: Environment, id: string, decision: 'approved' | 'rejected', reason: string): number {
  // What waits for another try was approved before: it can still be called off.
  const found = findWaiting(environment, id, decision === 'approved' ? ['approval'] : ['approval', 'retry']);
  if (!found.ok) {
    process.stderr.write(`${sentence(found.failure)}\n`);
    return EXIT.usage;
  }
  const { state } = found.value.opened;
  const one = found.value.found;
  const name = (said: string): string => `person-decide-${one.id}-${said}`;
  const spool = new Spool(state.executorSpool, state.tmp);
  spool.putInsteadOf([name('approved'), name('rejected')], name(decision), {
    kind: 'decide',
    id: one.id,
    decision,
    reason,
    by: userInfo().username,
    way: 'command',
  });
  process.stdout.write(`${decision}  ${one.id}  ${one.title}\n`);
  tellIfDown(state);
  return EXIT.ok;
}

export const approve = (environment: Environment, id: string): number => decide(environment, id, 'approved', '');
export const reject = (environment: Environment, id: string, reason: string): number =>
  decide(environment, id, 'rejected', reason);
