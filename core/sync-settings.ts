import { z } from 'zod';
import { readPublicKey } from './ssh-key.ts';

/** The name of a node: also a folder under `In_Progress/` and `Updates/`, and a part of refs at the remote. */
export const NodeName = z.string().regex(/^[a-z0-9-]{1,32}$/, 'small letters, digits and dashes');
export type NodeName = z.infer<typeof NodeName>;

/** What a node is for: `local` is where the person is, `cloud` is always on and drafts. */
export const Role = z.enum(['local', 'cloud']);
export type Role = z.infer<typeof Role>;

/**
 * Where the vault is kept between nodes: a bare repository as a path, or anything that git reaches. Never one that begins
 * like an option, nor a transport that starts a program of its own choosing (gitremote-helpers(7), `ext::`).
 */
const Remote = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^[^-\s]\S*( \S+)*$/, 'a path, or an address that git knows')
  .refine(remote => !/^[a-z0-9+.-]+::/i.test(remote), 'a path, or an address that git knows without a helper');

/** `sync:` in `config.yaml`: that this vault is on more than one node. Without it nothing is synced. */
export const SyncSettings = z.strictObject({
  remote: Remote,
  /** The node’s own key, from the state folder on. */
  key: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_./-]{0,200}$/, 'a path inside the state folder')
    .refine(key => !key.split('/').includes('..'), 'a path inside the state folder')
    .default('keys/node_ed25519'),
  /** Seconds between looks at the remote where no wake-up comes. */
  every: z.number().min(1).max(86_400).default(60),
  /** Megabytes (10^6 bytes) above which a file stays where it is, and a note that points to it goes instead. */
  largest: z.number().positive().max(2000).default(10),
  /** Seconds for which a claim counts without being renewed, by the clock of whoever looks. */
  lease: z.number().min(5).max(86_400).default(300),
});
export type SyncSettings = z.infer<typeof SyncSettings>;

const PublicKeyLine = z
  .string()
  .max(1000)
  .refine(line => !/[\r\n]/.test(line) && readPublicKey(line).ok, 'one public key, as in a .pub file');

/** `peers:`: the other nodes by name, each with its public key and what it is for. Written by `steward pair`. */
export const Peers = z.record(NodeName, z.strictObject({ key: PublicKeyLine, role: Role }));
export type Peers = z.infer<typeof Peers>;

/** `runs:`: on which node a kind of action runs. `*` stands for whatever is not named. */
export const Runs = z.record(
  z.string().regex(/^(\*|[a-z0-9_-]+\.(\*|[a-z0-9_-]+))$/, 'server.tool, server.* or *'),
  NodeName,
);
export type Runs = z.infer<typeof Runs>;

/** The role of a node that names none: who is called `cloud` is one. */
export const roleOf = (node: NodeName, role: Role | undefined): Role => role ?? (node === 'cloud' ? 'cloud' : 'local');
