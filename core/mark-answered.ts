import { setProperty } from './front-matter.ts';
import type { Vault } from './vault.ts';

/** Shows on a question’s note that its answer was taken. Only for the eye: the journals know. A save in between wins. */
export function markAnswered(vault: Vault, path: string): void {
  const read = vault.read(path);
  const marked = read.ok ? setProperty(read.value.text, 'status', 'answered') : undefined;
  if (read.ok && marked?.ok) vault.replace(path, read.value.sha256, marked.value);
}
