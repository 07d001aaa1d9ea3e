import { userInfo } from 'node:os';
import type { Environment } from '../../core/config.ts';
import { writeNote } from '../../core/front-matter.ts';
import { localTime } from '../../core/names.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { sentence } from '../../core/outcome.ts';
import { Spool } from '../../core/spool.ts';
import { FILES } from '../../core/states.ts';
import { Vault } from '../../core/vault.ts';

/** Stops effects twice over: the note works at once, the message puts it on record. */
export function stop(environment: Environment): number {
  const opened = openVault(environment);
  if (!opened.ok) {
    process.stderr.write(`${sentence(opened.failure)}\n`);
    return EXIT.usage;
  }
  const { root, state } = opened.value;
  const by = userInfo().username;
  const body = '# Stopped\n\nNothing is done until you run `steward resume` on this computer.\n';
  new Vault(root, 'person').create(
    FILES.stop,
    writeNote({ type: 'stop', format: 1, created: localTime(new Date()) }, body),
  );
  new Spool(state.executorSpool, state.tmp).put(`person-stop-${process.pid}-${Date.now()}`, {
    kind: 'stop',
    why: `${by} said so.`,
    by,
  });
  process.stdout.write('Stopped: no effect begins until  steward resume\n');
  return EXIT.ok;
}

export function resume(environment: Environment): number {
  const opened = openVault(environment);
  if (!opened.ok) {
    process.stderr.write(`${sentence(opened.failure)}\n`);
    return EXIT.usage;
  }
  const { root, state } = opened.value;
  new Spool(state.executorSpool, state.tmp).put(`person-resume-${process.pid}-${Date.now()}`, {
    kind: 'resume',
    by: userInfo().username,
  });
  new Vault(root, 'person').remove(FILES.stop);
  process.stdout.write(environment.enabled ? 'Resumed.\n' : 'STEWARD_ENABLED is still false: change that too.\n');
  return EXIT.ok;
}
