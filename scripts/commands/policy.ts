import type { Environment } from '../../core/config.ts';
import { actionName, originMark } from '../../core/envelope.ts';
import { terminalLine, visibleJson } from '../../core/inert.ts';
import { localTime } from '../../core/names.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { type Failure, sentence } from '../../core/outcome.ts';
import type { Facts, Zone } from '../../core/policy.ts';
import { isPlainRead } from '../../core/reach.ts';
import { FILES } from '../../core/states.ts';
import { Vault } from '../../core/vault.ts';
import { factsOf } from '../../orchestrator/decide/facts.ts';
import { policyThatHolds } from '../../orchestrator/decide/held-policy.ts';
import { knownFrom } from '../../orchestrator/decide/known.ts';
import type { Limit } from '../../orchestrator/decide/policy/caps.ts';
import { loosenings } from '../../orchestrator/decide/policy/compare.ts';
import { type Explanation, explain } from '../../orchestrator/decide/policy/explain.ts';
import { parsePolicy } from '../../orchestrator/decide/policy/parse.ts';
import { findSubject, type Options, readKnown, type Subject } from './policy-subject.ts';

export type Explaining = Options & { readonly json?: boolean };

/** Says what policy makes of an action, by which rule, and all that counted for it. */
export function explainPolicy(environment: Environment, given: string, options: Explaining): number {
  const opened = openVault(environment);
  if (!opened.ok) return refused(opened.failure);
  const { root, state, config } = opened.value;
  const known = readKnown(state, given.trim());
  if (!known.ok) return refused(known.failure, EXIT.failure);
  const { book } = known.value;
  const subject = findSubject(given.trim(), options, state, known.value);
  if (!subject.ok) return refused(subject.failure);
  const now = new Date();
  const acquaintance = knownFrom(new Vault(root, 'person'), state, config, book.history);
  const facts = factsOf(subject.value.judged, now, acquaintance);
  const approvedAt = subject.value.approvedAt ?? now.getTime();
  const history = book.history.effects(subject.value.id ?? '', subject.value.judged, acquaintance);
  const { policy } = policyThatHolds(book);
  const told = explain(facts, policy, config.permit, now.getTime(), approvedAt, history);
  const text = options.json === true ? `${visibleJson({ facts, ...told })}\n` : asText(subject.value, facts, told);
  process.stdout.write(text);
  if (book.policy === undefined)
    process.stderr.write('No policy holds here yet: until Steward has started once, everything is asked.\n');
  else if (differs(new Vault(root, 'person'), book.policy.sha256))
    process.stderr.write('Policies.md says something else than what holds:  steward policy check\n');
  return EXIT.ok;
}

/** Whether what stands in `Policies.md` is not what holds: a change waits, has a mistake, or is taken in soon. */
function differs(vault: Vault, held: string): boolean {
  const note = vault.read(FILES.policies);
  return !note.ok || note.value.sha256 !== held;
}

function refused(failure: Failure, code: number = EXIT.usage): number {
  process.stderr.write(`${sentence(failure)}\n`);
  return code;
}

const ZONES: Readonly<Record<Zone, string>> = {
  green: 'done at once (green)',
  yellow: 'done after a hold (yellow)',
  red: 'asked (red)',
};

function asText({ judged, id, assumed }: Subject, facts: Facts, told: Explanation): string {
  const name = `${actionName(judged)}${id === undefined ? '' : `  ${id}`}`;
  const { judgement } = told;
  const lines = [
    judgement.kind === 'refused'
      ? `${name} is not done: it is on the never list`
      : `${name} is ${ZONES[judgement.zone]}`,
    ...(isPlainRead(facts.reach)
      ? ['  It only reads what stays on this computer, so it needs no approval at all.']
      : []),
    ...(judgement.kind === 'refused' ? [judgement.why] : judgement.reasons).map(reason => `  ${reason}`),
    ...(judgement.kind === 'judged' && judgement.signature ? ['  It needs a decision that is signed.'] : []),
    ...section('Taken for granted', assumed),
    ...section(
      'Whom it goes to',
      facts.destinations.map(
        ({ argument, value, standing, why }) => `${standing.padEnd(6)} ${argument} ${clipped(value)}: ${why}`,
      ),
    ),
    ...section(
      'Where its values came from',
      Object.keys(facts.arguments).map(one => `${one}: ${originMark(facts.origins[one]).replaceAll('**', '')}`),
    ),
    ...section(
      'Rules',
      told.rules.map(
        rule =>
          `${rule.fits ? 'fits  ' : 'no    '} ${rule.zone.padEnd(6)} ${rule.name}${rule.fits ? '' : `: ${rule.whyNot.join('; ')}`}`,
      ),
    ),
    ...section(
      'Never list',
      told.never
        .filter(({ fits }) => fits)
        .map(entry => `${entry.permitted ? 'permitted ' : 'refused '} ${entry.name}`),
    ),
    ...section('Caps', told.limits.map(limitLine)),
  ];
  return `${lines.map(terminalLine).join('\n')}\n`;
}

/** Enough of a value to know which one it is. */
const clipped = (value: string): string => (value.length > 120 ? `${value.slice(0, 119)}…` : value);

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map(line => `  ${line}`)];

function limitLine({ cap, limit, most, used, until, why }: Limit): string {
  const line = `${cap}: ${used} of ${most} (${limit})`;
  return until === undefined ? line : `${line}; over it until ${localTime(new Date(until)).replace('T', ' ')}. ${why}`;
}

/** Says whether `Policies.md` is understood, and what it would loosen compared with what holds. */
export function checkPolicy(environment: Environment): number {
  const opened = openVault(environment);
  if (!opened.ok) return refused(opened.failure);
  const { root, state } = opened.value;
  const note = new Vault(root, 'person').read(FILES.policies);
  if (!note.ok) return refused(note.failure, EXIT.failure);
  const parsed = parsePolicy(note.value.text);
  if (!parsed.ok) return refused(parsed.failure, EXIT.failure);
  const known = readKnown(state, '');
  if (!known.ok) return refused(known.failure, EXIT.failure);
  const { rules, caps, never, hold_minutes } = parsed.value;
  const { book } = known.value;
  const looser = loosenings(policyThatHolds(book).policy, parsed.value);
  const lines = [
    `understood: ${rules.length} rules, ${caps.length} caps, ${never.length} entries of the never list; held for ${hold_minutes} minute${hold_minutes === 1 ? '' : 's'}`,
    ...(book.policy?.sha256 === note.value.sha256
      ? ['It is what holds.']
      : book.policy === undefined
        ? ['Nothing holds yet: Steward takes it in when it starts.', ...looser.map(one => `It allows: ${one}`)]
        : looser.length === 0
          ? ['It differs from what holds and loosens nothing: Steward takes it in by itself.']
          : ['It loosens what holds, so it holds only once you approved it:', ...looser.map(one => `- ${one}`)]),
  ];
  process.stdout.write(`${lines.map(terminalLine).join('\n')}\n`);
  return EXIT.ok;
}
