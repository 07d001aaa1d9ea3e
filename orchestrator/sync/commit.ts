import type { NodeName } from '../../core/sync-settings.ts';
import type { Objects } from './objects.ts';

/** Signs the bytes of a commit: returns an armoured signature (SSHSIG, namespace `git`), or nothing without a key. */
export type Signer = (payload: Uint8Array) => Promise<string | undefined>;

type Made = {
  readonly tree: string;
  readonly parent: string | undefined;
  readonly node: NodeName;
  readonly message: string;
  readonly at: Date;
};

/** Puts a commit down as git writes it (gitformat-signature(5)): author and committer are the node. */
export async function makeCommit(objects: Objects, made: Made, sign: Signer): Promise<string> {
  const { tree, parent, node, message, at } = made;
  const who = `Steward ${node} <${node}@steward.invalid> ${Math.floor(at.getTime() / 1000)} +0000`;
  const head = [
    `tree ${tree}`,
    ...(parent === undefined ? [] : [`parent ${parent}`]),
    `author ${who}`,
    `committer ${who}`,
  ];
  const body = `\n${message.trimEnd()}\n`;
  const signature = await sign(Buffer.from(`${head.join('\n')}\n${body}`));
  if (signature !== undefined) head.push(`gpgsig ${signature.trimEnd().replaceAll('\n', '\n ')}`);
  return objects.add('commit', Buffer.from(`${head.join('\n')}\n${body}`));
}
