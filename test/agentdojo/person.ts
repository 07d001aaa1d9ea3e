import { mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { canonicalJson, Json } from '../../core/digest.ts';
import { Arguments } from '../../core/envelope.ts';
import { FOLDERS } from '../../core/states.ts';

/** What a person saw in a note, and what they said to it, at which moment of the clock on stage. */
export type Decided = {
  readonly id: string;
  readonly action: string;
  readonly args: Arguments;
  readonly approved: boolean;
  readonly at: number;
};

/** Says yes or no to an action as it is shown. */
export type Approver = (action: string, args: Arguments) => boolean;

/** What an approval shows to somebody who reads it, by eyes of our own: nothing of Steward’s parser is used. */
export function shownIn(note: string): { readonly id: string; readonly action: string; readonly args: Arguments } {
  const id = /^id: (\S+)$/m.exec(note)?.[1] ?? '';
  const action = /^action: (\S+)$/m.exec(note)?.[1] ?? '';
  const begin = note.indexOf('\n## What will be done');
  const body = note.slice(begin).split('\n');
  const args: Record<string, Json> = {};
  let name: string | undefined;
  for (let at = 0; at < body.length; at += 1) {
    const line = body[at] ?? '';
    // What follows the values is for the machine.
    if (line.startsWith('> [!info]')) break;
    name = /^\*\*([a-z][a-z0-9_]*)\*\* · /.exec(line)?.[1] ?? name;
    const [, fence, language] = /^(`{3,})(\w+)$/.exec(line) ?? [];
    if (fence === undefined) continue;
    const end = body.indexOf(fence, at + 1);
    const text = body.slice(at + 1, end).join('\n');
    if (name !== undefined) args[name] = language === 'json' ? Json.parse(JSON.parse(text)) : text;
    name = undefined;
    at = end;
  }
  return { id, action, args: Arguments.parse(args) };
}

/** Decides whatever waits in a vault, by moving its note, as a person does. */
export function decideAll(root: string, approver: Approver, now: number): readonly Decided[] {
  const pending = path.join(root, FOLDERS.pending);
  return readdirSync(pending)
    .filter(name => name.endsWith('.md') && name !== 'README.md')
    .map(name => {
      const shown = shownIn(readFileSync(path.join(pending, name), 'utf8'));
      const approved = approver(shown.action, shown.args);
      const to = path.join(root, approved ? FOLDERS.approved : FOLDERS.rejected);
      mkdirSync(to, { recursive: true });
      renameSync(path.join(pending, name), path.join(to, name));
      return { ...shown, approved, at: now };
    });
}

/** Says yes to exactly these actions, each once, and no to everything else. */
export function onlyThese(wanted: readonly { readonly action: string; readonly args: Arguments }[]): Approver {
  const left = wanted.map(({ action, args }) => `${action} ${canonicalJson(args)}`);
  return (action, args) => {
    const at = left.indexOf(`${action} ${canonicalJson(args)}`);
    if (at !== -1) left.splice(at, 1);
    return at !== -1;
  };
}
