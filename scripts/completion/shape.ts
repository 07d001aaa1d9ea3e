import type { Argument, Command, Option } from 'commander';

/** What may stand at a place of the command line. */
export type Fill =
  /** Words that are known when the script is made. */
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** What Steward is asked for at that moment: ids that wait, channels. */
  | { readonly kind: 'asked' }
  | { readonly kind: 'files' | 'folders' | 'text' };
export type Word = { readonly word: string; readonly about: string };
export type Flag = { readonly names: readonly string[]; readonly about: string; readonly value: Fill | undefined };

/** One command as completion sees it. `path` is its place, as `/service/install`; empty for the program itself. */
export type Shape = {
  readonly path: string;
  readonly commands: readonly Word[];
  readonly flags: readonly Flag[];
  /** What its arguments are, in their order; the last goes on where it may be repeated. */
  readonly places: readonly Fill[];
};

/** Names of arguments for which Steward is asked. */
const ASKED: ReadonlySet<string> = new Set(['id', 'action', 'channel', 'name']);
const FILES: ReadonlySet<string> = new Set(['file', 'note']);
const FOLDERS: ReadonlySet<string> = new Set(['dir', 'folder']);

/** Every command of the tree, the program first. Made from what commander knows, so that nothing is listed twice. */
export function shapesOf(command: Command, path = ''): readonly Shape[] {
  const help = command.createHelp();
  const below = help.visibleCommands(command).filter(one => one.name() !== 'help' || path === '');
  const own: Shape = {
    path,
    commands: below.map(one => ({ word: one.name(), about: lineOf(one.description()) })),
    flags: help.visibleOptions(command).map(flagOf),
    places: command.registeredArguments.map(argument => placeOf(argument)),
  };
  return [own, ...below.filter(one => one.name() !== 'help').flatMap(one => shapesOf(one, `${path}/${one.name()}`))];
}

function flagOf(option: Option): Flag {
  const names = [option.short, option.long].filter(name => name !== undefined && name !== null);
  const value = /[<[]([^>\]=.]+)/.exec(option.flags)?.[1];
  return {
    names,
    about: lineOf(option.description),
    value: value === undefined ? undefined : fillOf(value, option.argChoices),
  };
}

const placeOf = (argument: Argument): Fill =>
  argument.argChoices === undefined && ASKED.has(argument.name())
    ? { kind: 'asked' }
    : fillOf(argument.name(), argument.argChoices);

function fillOf(name: string, choices: Argument['argChoices'] | undefined): Fill {
  if (choices !== undefined) return { kind: 'words', words: choices };
  if (FILES.has(name)) return { kind: 'files' };
  return { kind: FOLDERS.has(name) ? 'folders' : 'text' };
}

/** A description short enough for a list, with nothing in it that a shell would take for its own. */
const lineOf = (text: string): string =>
  text
    .replace(/[.:;].*$/s, '')
    .replace(/['"`$\\]/g, '’')
    .slice(0, 70);
