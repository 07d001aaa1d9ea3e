import { localTime } from '../../core/names.ts';
import type { NodeName } from '../../core/sync-settings.ts';
import type { Presence } from './presence.ts';

/** Which nodes are silent, and for each the sentence that the person reads. */
export type Silence = { readonly silent: ReadonlySet<NodeName>; readonly told: ReadonlyMap<NodeName, string> };

/**
 * Who has not been heard of for longer than its lease, by this node’s own clock. `now` is only for the words: since when,
 * on the person’s clock.
 */
export function silenceOf(presence: Presence, now: Date): Silence {
  const silent = new Set<NodeName>();
  const told = new Map<NodeName, string>();
  for (const [node, { role, state }] of presence.others) {
    // Giving a node up is no sign of life of its own.
    if (!presence.isSilent(node) && state !== 'fenced') continue;
    silent.add(node);
    const since = localTime(new Date(now.getTime() - presence.silence(node) * 1000))
      .slice(0, 16)
      .replace('T', ' ');
    const safe =
      role === 'cloud'
        ? 'Nothing is lost: this node does what comes in, and takes over what the other left.'
        : 'Nothing is lost: drafts go on here, and what needs that node waits for it.';
    told.set(node, `The node “${node}” has not been heard of since ${since}. ${safe}`);
  }
  return { silent, told };
}
