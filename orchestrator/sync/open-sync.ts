import path from 'node:path';
import { claimsFolder } from '../../core/claims.ts';
import { ensureFolder, lstatOf } from '../../core/durable.ts';
import { effectsFolder } from '../../core/effect-claims.ts';
import type { Log } from '../../core/log.ts';
import { Loop } from '../../core/loop.ts';
import { nodeKeyFile } from '../../core/node-key.ts';
import type { OpenVault } from '../../core/open-vault.ts';
import { FILES } from '../../core/states.ts';
import { roleOf, type SyncSettings } from '../../core/sync-settings.ts';
import { takeWakes, wakeFolder } from '../../core/sync-status.ts';
import { watchFolders } from '../../core/watch.ts';
import { Claiming } from './claiming.ts';
import { hear, StopTelling, toldRecord } from './direct.ts';
import { SyncDriver } from './driver.ts';
import { GitRefs } from './git-refs.ts';
import { Sync } from './round.ts';
import { sshCommand, sshOptions } from './ssh.ts';
import { Wake } from './wake.ts';

export type OpenSync = {
  readonly loop: Loop;
  readonly sync: Sync;
  readonly driver: SyncDriver;
  /** Has the remote call from now on. */
  readonly listen: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Puts together what keeps one vault the same as on the other nodes. Nothing runs before the loop is started. */
export async function openSync(
  { root, state, config }: OpenVault,
  settings: SyncSettings,
  log: Log,
  now: () => Date = () => new Date(),
): Promise<OpenSync> {
  const { node, peers } = config;
  const role = roleOf(node, config.role);
  const settle = { note: config.settle.note * 1000, tick: config.settle.tick * 1000 };
  const common = { state, node, role, log, now };
  const soon = (): void => {
    timer ??= setTimeout(
      () => {
        timer = undefined;
        loop.look();
      },
      Math.max(0, driver.changed()),
    );
  };
  let timer: NodeJS.Timeout | undefined;
  const keyFile = nodeKeyFile(state, settings);
  const ssh = sshCommand(state, keyFile, settings.remote);
  const sync: Sync = new Sync({
    ...{ ...common, root, sync: settings, settle, peers, ssh },
    holder: stem => claiming.holder(stem),
    changed: soon,
  });
  const refs = new GitRefs(sync.repository.git, settings.remote, text => wake.tell('*', toldRecord(text)));
  const claiming = new Claiming({ ...common, refs, lease: settings.lease });
  const called = (): void => {
    driver.called();
    loop.look();
  };
  const wake = new Wake({
    ...{ remote: settings.remote, ssh: sshOptions(state, keyFile, settings.remote), log, changed: called },
    heard: (from, text) => hear(from, text, { state, peers, log, look: called, learn: said => refs.hear(said) }),
  });
  const stops = new StopTelling(() => lstatOf(path.join(root, FILES.stop)) !== undefined, wake);
  const isCalled = (): boolean => wake.isLive;
  const driver = new SyncDriver(sync, { state, sync: settings, log, now, claiming, isCalled });
  const loop = new Loop(
    async () => {
      claiming.health = stops.tell() ? 'stopped' : 'at work';
      await claiming.answerEffects();
      return driver.sweep();
    },
    settings.every * 1000,
    why => log.trouble('sync', `Syncing met a problem and tries again: ${why}`),
  );
  const wakes = wakeFolder(state);
  ensureFolder(wakes);
  ensureFolder(effectsFolder(state));
  const stopWatching = await watchFolders([wakes], {
    deep: false,
    look: () => {
      if (!takeWakes(state)) return;
      driver.called();
      loop.look();
    },
    failed: () => undefined,
  });
  const stopListening = await watchFolders([claimsFolder(state), effectsFolder(state)], {
    deep: false,
    look: () => loop.look(),
    failed: () => undefined,
  });
  return {
    ...{ loop, sync, driver },
    listen: () => wake.start(),
    close: async () => {
      clearTimeout(timer);
      await loop.stop();
      await wake.stop();
      await stopListening();
      await stopWatching();
      sync.close();
    },
  };
}
