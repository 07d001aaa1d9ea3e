import type { Brain } from '../../core/brain.ts';
import { isTrustedOrigin, type Origin } from '../../core/envelope.ts';
import { type Exposure, exposedBy, joined } from '../../core/exposure.ts';
import { FOLDERS } from '../../core/states.ts';
import type { Taken } from './task-record.ts';

/** Whether what a brain is shown is shown to a model. The rulebook is code: nothing that it reads can talk it into anything. */
export const isModel = ({ name }: Pick<Brain, 'name'>): boolean => name !== 'rulebook';

/** What taking up a task shows of it: everything but a person’s own note is text that a stranger may have written. */
export const exposedByTaking = ({ own, source, origin }: Pick<Taken, 'own' | 'source' | 'origin'>): Exposure => ({
  untrusted: own && isTrustedOrigin(origin) ? [] : [source],
  private: [],
});

/** What the result of a call has shown. A page of the web is nobody’s secret; what a tool read here is. */
export function exposedByResult(origin: Origin | undefined): Exposure {
  if (origin === undefined) return joined();
  switch (origin.kind) {
    case 'web':
      return joined({ untrusted: [origin.url], private: [] });
    case 'incoming':
      return exposedBy([origin.source]);
    case 'rule':
    case 'handbook':
      return joined();
    case 'person':
    case 'contacts':
    case 'model':
      // Nobody else had a hand in it; that it is the person’s own makes it private.
      return joined({ untrusted: [], private: [FOLDERS.memory] });
    default:
      return exposedBy([origin.kind]);
  }
}

/** What is shown with every turn, beside the task: instructions are no data, the list of people is. */
export const exposedByAsking = (brain: Pick<Brain, 'name'>, people: number): Exposure => ({
  untrusted: [],
  private: isModel(brain) && people > 0 ? [`${FOLDERS.memory}/People`] : [],
});
