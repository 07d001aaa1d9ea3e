import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { Arguments } from '../../core/envelope.ts';
import type { Does } from '../../core/reach.ts';
import { Call, type Tool, type Traced } from './folder.ts';

/** What harness and double share: a folder with the scene, the time on stage, and the calls that arrived. */
export const SCENE = 'scene.json';
export const CLOCK = 'clock';
export const CALLS = 'calls.jsonl';

export const Scene = z.object({ trace: z.array(Call.extend({ content: z.string() })) });

/** One call that reached the far end. `id` is that of the envelope it came with; empty for a plain reading. */
export const Seen = z.object({
  at: z.number(),
  server: z.string(),
  tool: z.string(),
  args: Arguments,
  id: z.string(),
});
export type Seen = z.infer<typeof Seen>;

/** What a tool does to the world, as far as the folder tells. */
export function doesOf({ kind, egress, amount }: Tool): Does {
  if (kind === 'read') return 'read';
  if (amount.length > 0) return 'pay';
  return egress ? 'send' : 'change';
}

/** The harness’s side of it. */
export class FarEnd {
  readonly folder: string;
  #taken = 0;

  constructor(folder: string, now: number) {
    this.folder = folder;
    appendFileSync(path.join(folder, CALLS), '');
    this.setClock(now);
    this.play([]);
  }

  play(trace: readonly Traced[]): void {
    writeFileSync(path.join(this.folder, SCENE), JSON.stringify({ trace }));
  }

  setClock(now: number): void {
    writeFileSync(path.join(this.folder, CLOCK), String(now));
  }

  /** The calls that arrived since this was asked last. */
  news(): readonly Seen[] {
    const lines = readFileSync(path.join(this.folder, CALLS), 'utf8').split('\n').slice(0, -1);
    const fresh = lines.slice(this.#taken).map(line => Seen.parse(JSON.parse(line)));
    this.#taken = lines.length;
    return fresh;
  }
}
