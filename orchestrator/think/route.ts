import type { Effort } from '../../core/brain.ts';
import type { RoutingRule } from '../../core/routing.ts';

/** What the rules look at. */
export type Subject = {
  readonly source: string;
  readonly role: string | undefined;
  /** The dropped file’s path, relative to the vault or absolute; empty where there is none. */
  readonly path: string;
  /** Title, note and the text of the file. */
  readonly text: string;
  /** The person’s note says that it must not leave this machine. */
  readonly isMarked: boolean;
  /** Turns that the task has had. */
  readonly turns: number;
};

/** Who thinks next, and by which rule (1 is the first; undefined where none fits). */
export type Route = {
  readonly brain: string;
  readonly choice: { readonly model?: string; readonly effort?: Effort };
  readonly rule: number | undefined;
  readonly fallback: string | undefined;
};

export type Routed = {
  readonly isPrivate: boolean;
  /** Undefined where nothing here may be shown the task. */
  readonly route: Route | undefined;
  /** A brain that the first rule which fits names, and that may not see a private task. */
  readonly barred: string | undefined;
};

/**
 * Who thinks about a task’s next turn: the first rule that fits, else the brain that thinks about everything. What is
 * private goes to a brain that keeps it on this machine or to none: for it the others do not exist, nor as a fallback.
 * Pure.
 */
export function routed(
  subject: Subject,
  rules: readonly RoutingRule[],
  standard: string,
  staysHere: (brain: string) => boolean,
): Routed {
  const marked = subject.isMarked;
  const isPrivate = marked || rules.some(rule => rule.private === true && fits(rule.when, subject, marked));
  const allowed = (brain: string): boolean => !isPrivate || staysHere(brain);
  let barred: string | undefined;
  for (const [at, rule] of rules.entries()) {
    const { brain, model, effort, stage, fallback } = rule;
    if (brain === undefined || !fits(rule.when, subject, isPrivate)) continue;
    if (stage !== undefined && (stage === 'triage') !== (subject.turns === 0)) continue;
    if (!allowed(brain)) {
      barred ??= brain;
      continue;
    }
    const choice = { ...(model === undefined ? {} : { model }), ...(effort === undefined ? {} : { effort }) };
    const next = fallback !== undefined && allowed(fallback) ? fallback : undefined;
    return { isPrivate, route: { brain, choice, rule: at + 1, fallback: next }, barred };
  }
  if (!allowed(standard)) return { isPrivate, route: undefined, barred: barred ?? standard };
  return { isPrivate, route: { brain: standard, choice: {}, rule: undefined, fallback: undefined }, barred };
}

function fits(when: RoutingRule['when'], subject: Subject, isPrivate: boolean): boolean {
  const { source, role, extension, words, folder, larger_than: size } = when;
  return (
    (source?.includes(subject.source) ?? true) &&
    (role === undefined || (subject.role !== undefined && role.includes(subject.role))) &&
    (extension === undefined || extension.some(one => subject.path.toLowerCase().endsWith(`.${plain(one)}`))) &&
    (words === undefined || holdsWord(`${subject.path}\n${subject.text}`, words)) &&
    (folder === undefined || folder.some(one => subject.path.startsWith(`${one.replace(/\/+$/, '')}/`))) &&
    (size === undefined || subject.text.length > size) &&
    (when.private === undefined || when.private === isPrivate)
  );
}

const plain = (extension: string): string => extension.toLowerCase().replace(/^\./, '');

/** Whether any of the words stands in a text by itself: “tax” is no part of “taxi”. */
function holdsWord(text: string, words: readonly string[]): boolean {
  const folded = fold(text);
  return words.some(word => {
    const wanted = fold(word).trim();
    for (let at = folded.indexOf(wanted); wanted !== '' && at >= 0; at = folded.indexOf(wanted, at + 1)) {
      if (!isLetter(folded[at - 1]) && !isLetter(folded[at + wanted.length])) return true;
    }
    return false;
  });
}

const fold = (text: string): string => text.normalize('NFKC').toLowerCase();
const isLetter = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}]/u.test(character);
