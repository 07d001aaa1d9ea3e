import type { Log } from '../../core/log.ts';
import { Spool } from '../../core/spool.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { NodeName, Peers } from '../../core/sync-settings.ts';
import type { Wake } from './wake.ts';

/** What one node says to another directly. Everything that lasts stands in the vault; this only makes it sooner. */
const STOP_NOW = 'stop';
const WAKE_UP = 'wake';
const RECORD = 'record ';

type Hearing = {
  readonly state: StateFolder;
  readonly peers: Peers;
  readonly log: Pick<Log, 'event'>;
  readonly look: () => void;
  /** Learns what a record of a node says (`GitRefs`). */
  readonly learn?: (text: string) => void;
};

/** The words in which the others are told what a record says that was just made. */
export const toldRecord = (text: string): string => `${RECORD}${text}`;

/**
 * Does what another node said. A stop counts only from a node where a person is: a node in the cloud, which may be in
 * other hands, must not be able to hold up the person’s own. Nothing that is said here ever starts anything.
 */
export function hear(from: NodeName, text: string, { state, peers, log, look, learn }: Hearing): void {
  const peer = Object.hasOwn(peers, from) ? peers[from] : undefined;
  if (peer === undefined) return;
  if (text.startsWith(RECORD)) learn?.(text.slice(RECORD.length));
  if (text === WAKE_UP) look();
  if (text !== STOP_NOW || peer.role !== 'local') return;
  log.event(`stop       said on ${from}`);
  new Spool(state.executorSpool, state.tmp).put(`stop-from-${from}`, {
    ...{ kind: 'stop', why: `You stopped Steward on the node “${from}”.`, by: `node ${from}` },
  });
}

/** Tells the others once that the person stopped Steward here, sooner than the note itself gets there. */
export class StopTelling {
  readonly #isStopped: () => boolean;
  readonly #wake: Pick<Wake, 'tell'>;
  #told = false;

  constructor(isStopped: () => boolean, wake: Pick<Wake, 'tell'>) {
    this.#isStopped = isStopped;
    this.#wake = wake;
  }

  /** Says whether it is stopped here, and has said so to the others as soon as they can be told. */
  tell(): boolean {
    const isStopped = this.#isStopped();
    this.#told = isStopped && (this.#told || this.#wake.tell('*', STOP_NOW));
    return isStopped;
  }
}
