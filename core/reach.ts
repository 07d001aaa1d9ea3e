import { z } from 'zod';

/** What kind of thing an action does to the world. Policy rules may name it instead of single actions. */
export const Does = z.enum([
  'read',
  'create',
  'move',
  'change',
  'delete',
  'draft',
  'send',
  'publish',
  'pay',
  'install',
  'execute',
]);
export type Does = z.infer<typeof Does>;

/**
 * How far an action reaches: told by its server in `_meta` of the tool, pinned together with its definition, and what
 * policy judges by. A tool that tells nothing is taken for the worst (`UNTOLD`).
 */
export const Reach = z.strictObject({
  does: Does,
  /** Whether it can carry data out of this computer. A reading tool that fetches a URL does. */
  egress: z.boolean(),
  /** The arguments that decide where it goes or whom it meets: recipient, payee, URL, path, command. `*` means all. */
  routing: z.array(z.string()),
  /** The argument that holds an amount of money, and the one that holds its currency (ISO 4217). */
  amount: z.string().exactOptional(),
  currency: z.string().exactOptional(),
  /** Only Steward’s own code proposes it, as what follows from something that was done; no brain is offered it. */
  by: z.literal('steward').exactOptional(),
});
export type Reach = z.infer<typeof Reach>;

export const UNTOLD: Reach = { does: 'execute', egress: true, routing: ['*'] };

/**
 * Whether an action is done by itself because another one was: it puts away, in the person’s own account, what that one
 * made. One that could carry anything out never is.
 */
export const isFollowing = (reach: Reach | undefined): boolean => reach?.by === 'steward' && !reach.egress;

/** Whether a tool only reads and keeps what it reads on this computer: it needs no grant and no approval. */
export const isPlainRead = ({ does, egress }: Reach): boolean => does === 'read' && !egress;

/** The names among `given` that decide where an action goes; how much of what money is part of that. */
export const routingNames = ({ routing, amount, currency }: Reach, given: readonly string[]): readonly string[] =>
  routing.includes('*') ? given : given.filter(name => [...routing, amount, currency].includes(name));

/** The key of a tool's `_meta` under which its server tells its reach. */
export const REACH_META = 'steward/reach';
