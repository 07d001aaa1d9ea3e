import { z } from 'zod';
import { Sha256 } from '../../core/digest.ts';

/**
 * The head of a ledger on one line, to be kept where whoever holds this computer cannot reach it: on paper, on another
 * disk, in a mail. A ledger that was cut or written anew does not hold it any more.
 *
 * `steward-anchor 1 <time> <vault id> <node> <seq> <hash of that record> <hash of the first record>`
 */
export const Anchor = z.strictObject({
  at: z.iso.datetime(),
  vault: z.string().regex(/^[0-9a-f]{16}$/),
  node: z.string().regex(/^[a-z0-9-]{1,32}$/),
  seq: z.int().min(1),
  head: Sha256,
  first: Sha256,
});
export type Anchor = z.infer<typeof Anchor>;

export const anchorLine = ({ at, vault, node, seq, head, first }: Anchor): string =>
  `steward-anchor 1 ${at} ${vault} ${node} ${seq} ${head} ${first}`;

/**
 * The anchors in a text, wherever they stand in it: a mail quotes them, a person writes beside them. What begins like
 * one and is none is a mistake that must not pass for nothing.
 */
export function readAnchors(text: string): {
  readonly anchors: readonly Anchor[];
  readonly mistakes: readonly string[];
} {
  const anchors: Anchor[] = [];
  const mistakes: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const begin = line.indexOf('steward-anchor');
    if (begin === -1) continue;
    const [, version, at, vault, node, seq, head, first] = line.slice(begin).trim().split(/\s+/);
    const parsed = Anchor.safeParse({
      at,
      vault,
      node,
      seq: /^\d{1,9}$/.test(seq ?? '') ? Number(seq) : 0,
      head,
      first,
    });
    if (version === '1' && parsed.success) anchors.push(parsed.data);
    else mistakes.push(`line ${index + 1} is no whole anchor`);
  }
  return { anchors, mistakes };
}
