import { sha256 } from '../../core/digest.ts';
import { lstatOf, readStart } from '../../core/durable.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import type { Vault } from '../../core/vault.ts';

export type DraftReceipt = { readonly path: string; readonly sha256: string; readonly size: number };

/** More than the headers of a draft can fill, in bytes. */
const HEAD = 256 * 1024;

/** Writes a draft under the first of its names that is free. One that stands there already is found, not doubled. */
export async function keepDraft(
  vault: Vault,
  names: readonly string[],
  messageId: string,
  bytes: Uint8Array,
): Promise<Result<DraftReceipt>> {
  const known = await findDraft(vault, names, messageId);
  if (known !== undefined) return ok(known);
  for (const path of names) {
    const made = vault.create(path, bytes);
    if (!made.ok) return made;
    if (made.value === 'created') return ok({ path, sha256: sha256(bytes), size: bytes.length });
  }
  return fail('permanent', `“${names[0]}” is there already; nothing is overwritten.`);
}

/** The draft with this id, under one of its names, also where the person has changed it since. */
export async function findDraft(
  vault: Vault,
  names: readonly string[],
  messageId: string,
): Promise<DraftReceipt | undefined> {
  for (const path of names) {
    const absolute = vault.resolve(path);
    if (!absolute.ok || !lstatOf(absolute.value)?.isFile()) continue;
    const head =
      readStart(absolute.value, HEAD)
        .toString('latin1')
        .split(/\r?\n\r?\n/, 1)[0] ?? '';
    const hashed = await vault.hash(path);
    if (hashed.ok && head.includes(messageId)) return { path, ...hashed.value };
  }
  return undefined;
}
