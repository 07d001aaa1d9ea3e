import { readFileSync } from 'node:fs';
import { isMap, parseDocument } from 'yaml';
import { type ConfigFile, parseConfig } from '../../core/config.ts';
import { lstatOf, overwriteFile } from '../../core/durable.ts';
import type { Result } from '../../core/outcome.ts';
import type { StateFolder } from '../../core/state-folder.ts';

/** What is to stand in `config.yaml`, by its path there; undefined takes it out. */
export type Setting = readonly [at: readonly string[], value: string | undefined];

/**
 * Changes `config.yaml` where it says something else, and keeps every comment, blank line and order in it. What would no
 * longer be read is not written.
 */
export function changeSettings(
  { config, tmp }: Pick<StateFolder, 'config' | 'tmp'>,
  settings: readonly Setting[],
): Result<ConfigFile> {
  const text = lstatOf(config) === undefined ? '' : readFileSync(config, 'utf8');
  const before = parseConfig(text, config);
  if (!before.ok) return before;
  const document = parseDocument(text);
  let changes = 0;
  for (const [at, value] of settings) {
    if (document.getIn([...at]) === value) continue;
    changes += 1;
    if (value === undefined) document.deleteIn([...at]);
    else {
      // A map that is written as nothing, `peers:`, is none yet.
      const parent = at.slice(0, -1);
      if (parent.length > 0 && !isMap(document.getIn(parent, true))) document.setIn(parent, document.createNode({}));
      document.setIn([...at], value);
    }
  }
  if (changes === 0) return before;
  const changed = document.toString({ lineWidth: 0 });
  const after = parseConfig(changed, config);
  if (after.ok) overwriteFile(tmp, config, changed);
  return after;
}
