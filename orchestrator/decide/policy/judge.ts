import type { Json } from '../../../core/digest.ts';
import type { Origin } from '../../../core/envelope.ts';
import { liveIn } from '../../../core/live-markdown.ts';
import type { Facts, Judgement, Policy, Rule } from '../../../core/policy.ts';
import { routingNames } from '../../../core/reach.ts';
import type { Side } from './glob.ts';
import { fits } from './match.ts';

/** How many values are named one by one; the rest is told as a number. */
const MOST_NAMED = 8;
/** Characters of a value that a sentence shows. */
const MOST_SHOWN = 80;

/**
 * What policy says of an action. The never list comes first; `permitted` are the names of its entries that the
 * configuration outside the vault allows. Then the strictest of the rules that fit, red where none does. Last, what is
 * known of where its values came from, which only ever raises.
 */
export function judge(facts: Facts, policy: Policy, permitted: readonly string[]): Judgement {
  const never = policy.never.find(entry => fits(entry, facts, 'tightens') && !permitted.includes(entry.name));
  if (never !== undefined) return { kind: 'refused', why: neverSentence(facts.action, never.name) };
  const fitting = policy.rules.filter(rule => fits(rule, facts, sideOf(rule)));
  const rule = first(fitting, 'red') ?? first(fitting, 'yellow') ?? first(fitting, 'green');
  const raised = raisedBy(facts);
  return {
    kind: 'judged',
    zone: rule === undefined || raised.length > 0 ? 'red' : rule.zone,
    rule: rule?.name,
    reasons: [ruleSentence(facts.action, rule), ...raised],
    signature: policy.rules.some(one => one.signature === 'required' && fits(one, facts, 'tightens')),
  };
}

/** Red asks, so it counts where there is a doubt; green and yellow count only where there is none. */
export const sideOf = (rule: Rule): Side => (rule.zone === 'red' ? 'tightens' : 'loosens');

const first = (rules: readonly Rule[], zone: Rule['zone']): Rule | undefined => rules.find(rule => rule.zone === zone);

/** What an action does that leaves a text behind, to be opened by a program that may do what stands in it. */
const WRITES: readonly Facts['reach']['does'][] = ['create', 'change'];

/**
 * Why an action needs a person whatever the rules say, one sentence for each cause: values that decide where it goes
 * and that no trusted hand wrote, a list of many, a text that fetches or runs something once it is opened, or a way out
 * after both strangers’ text and private data were read.
 */
export function raisedBy(facts: Facts): readonly string[] {
  const foreign = routingNames(facts.reach, Object.keys(facts.arguments)).flatMap(name => foreignIn(name, facts));
  const named = foreign
    .slice(0, MOST_NAMED)
    .map(({ name, value, origin }) => `“${name}” decides where it goes, and ${clipped(value)} ${originWords(origin)}.`);
  const more = foreign.length - named.length;
  const bulk = facts.destinations.find(({ standing }) => standing === 'bulk');
  const live = WRITES.includes(facts.reach.does) ? liveIn(facts.arguments) : [];
  const { untrusted, private: own } = facts.exposure;
  return [
    ...named,
    ...(more > 0 ? [`So do ${more} more of its values.`] : []),
    ...(bulk === undefined ? [] : [`It goes to many at once: ${clipped(bulk.why)}.`]),
    ...(live.length > 0 ? [`Opening what it writes can fetch or run something: it holds ${live.join(' and ')}.`] : []),
    ...(facts.reach.egress && untrusted.length > 0 && own.length > 0
      ? ['It can carry data out, and this task has read both what strangers wrote and what is private.']
      : []),
  ];
}

type Part = { readonly name: string; readonly value: Json | undefined; readonly origin: Origin | undefined };

/** What of a value no trusted hand wrote: of a list the elements, where it is told of each where it came from. */
function foreignIn(name: string, { arguments: given, origins }: Facts): readonly Part[] {
  const whole: Part = { name, value: given[name], origin: origins[name] };
  const elements = [whole.value].flat().map((value, at): Part => ({ name, value, origin: origins[`${name}.${at}`] }));
  const isTold = elements.length > 0 && elements.every(({ origin }) => origin !== undefined);
  return (isTold ? elements : [whole]).filter(({ origin, value }) => !isTrusted(origin, value));
}

/**
 * Whether a value may decide where an action goes without being looked at by a person. Of what was dropped, only the
 * path itself: that this file is meant is the person’s own act. Its name, and all that is made from it, may be a
 * stranger’s choice (an attachment that was saved), so a value that merely holds the name is as foreign as its text.
 */
function isTrusted(origin: Origin | undefined, value: Json | undefined): boolean {
  if (origin?.kind !== 'dropped') return TRUSTED.some(kind => kind === origin?.kind);
  const values = [value].flat();
  return values.length > 0 && values.every(one => one === origin.path);
}

const TRUSTED: readonly Origin['kind'][] = ['person', 'handbook', 'contacts', 'rule'];

/** A value short enough for a sentence. */
function clipped(value: Json | undefined): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const shown = text.slice(0, MOST_SHOWN).toWellFormed();
  return `“${shown}${shown.length < text.length ? '…' : ''}”`;
}

function originWords(origin: Origin | undefined): string {
  switch (origin?.kind) {
    case 'incoming':
      return 'came with an incoming message';
    case 'web':
      return 'came from a page on the web';
    case 'model':
      return 'was written by the brain';
    case 'dropped':
      return 'was made from the name of a dropped file';
    default:
      return 'is of unknown origin';
  }
}

const neverSentence = (action: string, name: string): string =>
  `“${name}” is on the never list of Policies.md, so ${action} is not done, whoever approves it. Whoever wants it all the same writes “${name}” under permit in config.yaml, outside the vault.`;

function ruleSentence(action: string, rule: Rule | undefined): string {
  if (rule === undefined) return `No rule in Policies.md fits ${action}, and what no rule allows is asked.`;
  switch (rule.zone) {
    case 'red':
      return `The rule “${rule.name}” in Policies.md has it asked.`;
    case 'yellow':
      return `The rule “${rule.name}” in Policies.md lets it be done after a hold.`;
    case 'green':
      return `The rule “${rule.name}” in Policies.md lets it be done at once.`;
  }
}
