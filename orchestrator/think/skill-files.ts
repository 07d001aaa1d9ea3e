import { fail, ok } from '../../core/outcome.ts';
import { FOLDERS } from '../../core/states.ts';
import type { Vault } from '../../core/vault.ts';
import { plainPath } from '../../core/vault-paths.ts';
import type { Looked } from './look.ts';

/** Characters of a skill’s file that are shown, and files that are named. */
const LONGEST = 40_000;
const MOST_FILES = 50;
const DEEPEST = 4;

/**
 * A skill as it stands (Agent Skills, https://agentskills.io): first `SKILL.md`, then what it points to. Never anything
 * outside its folder, and only text.
 */
export function readSkill(name: string, file: string | undefined, vault: Vault): Looked {
  const skills = vault.list(FOLDERS.skills).flatMap(entry => (entry.kind === 'folder' ? [entry.name] : []));
  if (!skills.includes(name) || name.startsWith('.')) {
    return fail('invalid', `There is no skill “${name}”. Known: ${skills.filter(isPlain).join(', ') || 'none'}.`);
  }
  const folder = `${FOLDERS.skills}/${name}`;
  const inside = plainPath(file ?? 'SKILL.md');
  if (!inside.ok) return inside;
  if (!inside.value.split('/').every(isPlain)) return fail('denied', `“${file}” is not for you to read.`);
  const read = vault.read(`${folder}/${inside.value}`);
  if (!read.ok) return read;
  const more = file === undefined ? others(folder, vault) : [];
  const told = more.length === 0 ? '' : `\n\nOther files of this skill: ${more.join(', ')}`;
  return ok({
    text: `${read.value.text.slice(0, LONGEST).toWellFormed()}${told}`,
    origin: { kind: 'rule', skill: name },
  });
}

const isPlain = (name: string): boolean => !name.startsWith('.');

/** The other files of a skill, relative to its folder. */
function others(folder: string, vault: Vault, below = '', depth = 1): readonly string[] {
  const found = vault.list(below === '' ? folder : `${folder}/${below}`).flatMap(({ name, kind }) => {
    const path = below === '' ? name : `${below}/${name}`;
    if (!isPlain(name) || path === 'SKILL.md') return [];
    if (kind === 'folder') return depth < DEEPEST ? others(folder, vault, path, depth + 1) : [];
    return kind === 'file' ? [path] : [];
  });
  return found.slice(0, MOST_FILES);
}
