import type { Json } from '../../../core/digest.ts';
import type { Facts, Match, Standing } from '../../../core/policy.ts';
import { routingNames } from '../../../core/reach.ts';
import { isAmount } from './amount.ts';
import { globFits, type Side, textFits } from './glob.ts';

export type Condition = keyof Match;

type Held = readonly [name: Condition, fits: () => boolean];

/** Each condition, to be held against the facts; those that are quick to tell come first. */
function conditionsOf(match: Match, facts: Facts, side: Side): readonly Held[] {
  const { action, does, egress, where, to, from, amount, recurring, source, role, hours, days } = match;
  return [
    ['action', () => action === undefined || textFits(listed(action), facts.action, side)],
    ['does', () => does === undefined || listed(does).includes(facts.reach.does)],
    ['egress', () => egress === undefined || egress === facts.reach.egress],
    ['where', () => where === undefined || whereFits(where, facts, side)],
    ['to', () => to === undefined || standingFits(listed(to), facts, side)],
    ['from', () => from === undefined || quantified(side, kindsOf(facts), kind => listed<string>(from).includes(kind))],
    ['amount', () => amount === undefined || amountFits(amount, facts.amount, side)],
    ['recurring', () => recurring === undefined || recurring === facts.recurring],
    ['source', () => source === undefined || listed(source).includes(facts.source)],
    ['role', () => role === undefined || listed<string | undefined>(role).includes(facts.role)],
    ['hours', () => hours === undefined || isWithin(hours, facts.minute)],
    ['days', () => days === undefined || days.includes(facts.day)],
  ];
}

/** The conditions that do not fit the facts; none means that the rule, cap or never entry fits. */
export const misfits = (match: Match, facts: Facts, side: Side): readonly Condition[] =>
  conditionsOf(match, facts, side).flatMap(([name, holds]) => (holds() ? [] : [name]));

export const fits = (match: Match, facts: Facts, side: Side): boolean =>
  conditionsOf(match, facts, side).every(([, holds]) => holds());

/** One value or a list of them, as a list. */
const listed = <T extends string | undefined>(given: T | readonly T[]): readonly T[] =>
  isList(given) ? given : [given];
const isList = <T>(given: T | readonly T[]): given is readonly T[] => Array.isArray(given);

/** What loosens wants every part to fit, and something to be there at all; what tightens wants any part. */
const quantified = <T>(side: Side, parts: readonly T[], fit: (part: T) => boolean): boolean =>
  parts.some(fit) && (side === 'tightens' || parts.every(fit));

function whereFits(where: NonNullable<Match['where']>, facts: Facts, side: Side): boolean {
  return Object.entries(where).every(([names, globs]) => {
    const meant = names.split('|');
    const named = Object.entries(facts.arguments).filter(([name]) => meant.some(glob => globFits(glob, name)));
    const texts = named.flatMap(([, value]) => textsOf(value));
    return quantified(side, texts, text => text !== undefined && textFits(listed(globs), text, side));
  });
}

/** Every text in a value. What is no text, such as an object, is undefined beside what it holds. */
function textsOf(value: Json): readonly (string | undefined)[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (value === null) return [undefined];
  if (typeof value === 'object') return [undefined, ...Object.values(value).flatMap(textsOf)];
  return [String(value)];
}

const FROM_WORST: readonly Standing[] = ['bulk', 'new', 'known', 'self'];

function standingFits(wanted: readonly Standing[], { destinations }: Facts, side: Side): boolean {
  const standings = destinations.map(({ standing }) => standing);
  if (side === 'tightens') return standings.some(one => wanted.includes(one));
  const worst = FROM_WORST.find(one => standings.includes(one));
  return wanted.some(one => one === worst);
}

/** The kinds of origin of the values that decide where the action goes, and of the elements of lists among them. */
const kindsOf = ({ reach, arguments: given, origins }: Facts): readonly string[] =>
  routingNames(reach, Object.keys(given)).flatMap(name => [
    origins[name]?.kind ?? 'unknown',
    ...Object.entries(origins).flatMap(([key, { kind }]) => (key.startsWith(`${name}.`) ? [kind] : [])),
  ]);

function amountFits(wanted: NonNullable<Match['amount']>, amount: Facts['amount'], side: Side): boolean {
  if (amount === undefined) return false;
  const known = isAmount(amount.value) && (wanted.currency === undefined || wanted.currency === amount.currency);
  return known ? amount.value <= wanted.at_most : side === 'tightens';
}

/** `22:00-06:00` reaches over midnight; where both are the same it is the whole day. */
function isWithin(hours: string, minute: number): boolean {
  const [from, until] = [minutesOf(hours.slice(0, 5)), minutesOf(hours.slice(6))];
  const [begun, notOver] = [from <= minute, minute < until];
  return from < until ? begun && notOver : begun || notOver;
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
