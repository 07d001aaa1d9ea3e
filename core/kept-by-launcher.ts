import { z } from 'zod';
import type { Environment } from './config.ts';

const Answer = z.object({ secrets: z.record(z.string(), z.string()) });

/**
 * The secrets that were in the environment of `steward start` and that the launcher kept to itself, so that the process
 * which thinks has none of them in its own. Asked for whenever the executor is started.
 */
export function keptByLauncher(environment: Environment): Promise<Readonly<Record<string, string>>> {
  if (!environment.launcherKeeps || process.send === undefined || !process.connected) return Promise.resolve({});
  return new Promise(resolve => {
    const take = (message: unknown): void => {
      const answer = Answer.safeParse(message);
      if (!answer.success) return;
      process.off('message', take);
      process.off('disconnect', none);
      resolve(answer.data.secrets);
    };
    const none = (): void => resolve({});
    process.on('message', take);
    process.once('disconnect', none);
    process.send?.('secrets');
  });
}
