import { fail, ok, type Result } from './outcome.ts';
import { readSshSignature } from './signed-decision.ts';
import { readPublicKey } from './ssh-key.ts';
import { signQuietly, verifySignature } from './ssh-keygen.ts';
import type { NodeName, Peers, Role } from './sync-settings.ts';

/**
 * What a node says of itself is never a person’s word: a signature under this namespace is no decision, whatever it is
 * over, and one of a person’s is no node’s.
 */
const NODE_NAMESPACE = 'steward-node';

/** One thing that a node states, by digest. */
export type NodeStatement = {
  /** The id of the vault, 16 hex. */
  readonly vault: string;
  /** Who states it. */
  readonly node: NodeName;
  /** What kind of thing the digest is of, as `proposal`: small letters and dashes. */
  readonly about: string;
  /** SHA-256, 64 hex. */
  readonly digest: string;
};

/** The bytes that are signed: every value has a fixed alphabet without white space, so that they have one reading. */
function statementText({ vault, node, about, digest }: NodeStatement): Result<string> {
  const isSound =
    /^[0-9a-f]{16}$/.test(vault) &&
    /^[a-z0-9-]{1,32}$/.test(node) &&
    /^[a-z-]{1,32}$/.test(about) &&
    /^[0-9a-f]{64}$/.test(digest);
  if (!isSound) return fail('invalid', 'This is nothing that a node can sign.');
  return ok(`steward node 1\nvault ${vault}\nnode ${node}\nabout ${about}\ndigest ${digest}\n`);
}

/** Signs with the node’s key. Returns the signature (SSHSIG) as one line of base64. */
export async function signAsNode(statement: NodeStatement, keyFile: string): Promise<Result<string>> {
  const text = statementText(statement);
  if (!text.ok) return text;
  const signed = await signQuietly(text.value, NODE_NAMESPACE, keyFile);
  if (!signed.ok) return signed;
  const read = readSshSignature(signed.value);
  return read.ok ? ok(read.value.line) : read;
}

/**
 * Whether the node that a statement names made it: by its key in `peers:`, and by no other. `denied` where it did not,
 * `retryable` where that cannot be found out now. `tmp` is a folder of the machine’s own.
 */
export async function verifyNode(
  statement: NodeStatement,
  signature: string,
  peers: Peers,
  tmp: string,
): Promise<Result<{ readonly node: NodeName; readonly role: Role }>> {
  const text = statementText(statement);
  if (!text.ok) return text;
  const { node } = statement;
  const peer = Object.hasOwn(peers, node) ? peers[node] : undefined;
  if (peer === undefined) {
    const mend = 'If it is yours, pair the nodes:  steward pair';
    return fail('denied', `There is no node “${node}” that this one was paired with.`, mend);
  }
  const key = readPublicKey(peer.key);
  if (!key.ok) return key;
  const read = readSshSignature(signature);
  if (!read.ok) return read;
  const { armoured, namespace, key: by } = read.value;
  if (namespace !== NODE_NAMESPACE || by !== key.value.blob) {
    return fail('denied', `This was not signed by the key of the node “${node}”.`);
  }
  const { type, blob } = key.value;
  const checked = await verifySignature(
    { text: text.value, armoured, namespace: NODE_NAMESPACE, name: node, type, key: blob },
    tmp,
  );
  if (checked.ok) return ok({ node, role: peer.role });
  if (checked.failure.kind === 'retryable') return checked;
  return fail('denied', `The signature of the node “${node}” does not fit what it is said to be over.`);
}
