import { sentence } from '../../core/outcome.ts';
import { managerOf } from '../service/choose.ts';
import { planHere } from '../service/here.ts';
import { readInstalled } from '../service/record.ts';
import { staleness } from '../service/stale.ts';
import { broken, type Finding, fine, type Patient, some, warn } from './finding.ts';

/** Whether the service, if Steward is one here, runs and is what it would be if it were installed now. */
export async function checkService(patient: Patient): Promise<readonly Finding[]> {
  const { state, root, config, environment } = patient;
  const read = readInstalled(state);
  if (!read.ok) return [broken('service', sentence(read.failure), 'Then run: steward service install')];
  const installed = read.value;
  if (installed === undefined) return [fine('service', 'none: Steward runs where you start it')];
  const plan = planHere({ root, state, config }, environment, false);
  const manager = managerOf(installed, plan, environment);
  const renew = 'steward service install';
  const wrong = [...staleness(installed, plan), ...manager.astray()];
  const down = (await manager.look()).filter(({ state: now }) => now !== 'running');
  const stale =
    wrong.length === 0 ? [] : [warn('service', `It is not what it would be now: ${some(wrong, 5)}.`, renew)];
  if (down.length > 0) {
    const words = down.map(({ process, state: now, said }) => `${process} (${said ?? now})`);
    return [...stale, broken('service', `It does not run: ${some(words)}.`, 'steward service status, then its logs')];
  }
  return stale.length > 0 ? stale : [fine('service', `runs, by ${installed.manager.with}`)];
}
