import { existsSync, readFileSync } from 'node:fs';
import { isMap, parseDocument } from 'yaml';
import { parseConfig } from '../../core/config.ts';
import type { Json } from '../../core/digest.ts';
import { overwriteFile } from '../../core/durable.ts';
import { fail, messageOf, ok, type Result } from '../../core/outcome.ts';
import { keepSecret, keptSecrets, readSecret, removeSecret } from '../../core/secret-store/index.ts';
import type { StateFolder } from '../../core/state-folder.ts';

/** One setting: where it stands in `config.yaml`, and what it is from now on; undefined where it is to be gone. */
export type Setting = { readonly at: readonly string[]; readonly value: Json | undefined };

/** The text of `config.yaml` with other settings: comments, order and all else stay. Fails where it cannot be read, or could not after. */
export function withSettings(text: string, settings: readonly Setting[], file: string): Result<string> {
  const before = parseConfig(text, file);
  if (!before.ok) return before;
  const document = parseDocument(text);
  // A file of comments alone has nothing that they stand before: they stay where they are, at the top.
  if (document.contents === null && document.comment !== null && document.commentBefore === null) {
    document.commentBefore = document.comment;
    document.comment = null;
  }
  for (const { at, value } of settings) {
    for (let depth = 1; depth < at.length; depth += 1) {
      const above = at.slice(0, depth);
      if (!isMap(document.getIn(above, true))) document.setIn(above, document.createNode({}));
    }
    if (value === undefined) document.deleteIn(at);
    else document.setIn(at, document.createNode(value));
  }
  const after = document.toString({ lineWidth: 0 });
  const read = parseConfig(after, file);
  return read.ok ? ok(after) : fail('permanent', `The settings would not be read: ${read.failure.message}`);
}

export const readSettings = ({ config }: StateFolder): string =>
  existsSync(config) ? readFileSync(config, 'utf8') : '';

/**
 * Keeps settings and secrets together: what the settings will be is worked out first, then the secrets are kept, and the
 * settings come last, whole. Where anything fails, everything is as it was. A secret that is undefined is kept no more.
 */
export async function keepAll(
  state: StateFolder,
  settings: readonly Setting[],
  secrets: Readonly<Record<string, string | undefined>>,
): Promise<Result<undefined>> {
  const wanted = withSettings(readSettings(state), settings, state.config);
  if (!wanted.ok) return wanted;
  const known = keptSecrets(state);
  if (!known.ok) return known;
  const undo: (() => Promise<unknown>)[] = [];
  const undone = async (failure: Result<never>): Promise<Result<never>> => {
    for (const one of undo.reverse()) await one();
    return failure;
  };
  for (const [name, value] of Object.entries(secrets)) {
    const keeper = known.value[name];
    const before = keeper === undefined ? undefined : await readSecret(state, name, keeper);
    if (value === undefined && keeper === undefined) continue;
    const kept = value === undefined ? await removeSecret(state, name) : await keepSecret(state, name, value);
    if (!kept.ok) return undone(kept);
    undo.push(() => (before?.ok ? keepSecret(state, name, before.value) : removeSecret(state, name)));
  }
  try {
    overwriteFile(state.tmp, state.config, wanted.value);
    return ok(undefined);
  } catch (error) {
    return undone(fail('retryable', `${state.config} could not be written: ${messageOf(error)}. Nothing was changed.`));
  }
}
