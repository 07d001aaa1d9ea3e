import { sha256 } from '../../core/digest.ts';
import { lstatOf } from '../../core/durable.ts';
import { JournalReader } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { sentence } from '../../core/outcome.ts';
import { FILES } from '../../core/states.ts';
import { parsePolicy } from '../../orchestrator/decide/policy/parse.ts';
import { Book } from '../../orchestrator/execute/book.ts';
import { broken, type Finding, fine, type Patient, warn } from './finding.ts';

/** Whether `Policies.md` is understood, and whether what it says is what holds. */
export function checkPolicy({ vault, state, config }: Patient): readonly Finding[] {
  const read = vault.read(FILES.policies);
  if (!read.ok) {
    const text = `${sentence(read.failure)} The policy that was accepted last holds on; where none was, everything is asked.`;
    return [
      warn('policy', text, `Write ${FILES.policies} anew: a new vault (steward init) holds one to copy.`, 'nothing'),
    ];
  }
  const parsed = parsePolicy(read.value.text);
  if (!parsed.ok) {
    const text = `${parsed.failure.message} What was accepted last holds on.`;
    return [broken('policy', text, parsed.failure.mend ?? 'steward policy check', 'nothing')];
  }
  const { rules, caps, never } = parsed.value;
  const findings: Finding[] = [];
  const unknown = config.permit.filter(name => !never.some(entry => entry.name === name));
  if (unknown.length > 0) {
    const text = `\`permit\` names entries of the never list that are not there: ${unknown.join(', ')}.`;
    findings.push(warn('policy', text, `Change \`permit\` in ${state.config}.`, 'nothing'));
  }
  const held = acceptedText(state.ledger);
  if (held !== undefined && sha256(held) !== sha256(read.value.text) && !isSameRules(held, read.value.text)) {
    const text = `${FILES.policies} says something else than the policy that holds.`;
    findings.push(warn('policy', text, 'Decide on the change: steward status names it; Steward has to run.', 'work'));
  }
  const counts = `${rules.length} rules, ${caps.length} caps, ${never.length} on the never list`;
  return findings.length > 0 ? findings : [fine('policy', `understood: ${counts}`)];
}

/** The policy on record; undefined before there is any, or where the ledger cannot be read. */
function acceptedText(ledger: string): string | undefined {
  if (lstatOf(ledger) === undefined) return undefined;
  const book = new Book();
  try {
    for (const record of new JournalReader(ledger, LedgerRecord).each()) book.apply(record);
  } catch {
    return undefined;
  }
  return book.policy?.text;
}

function isSameRules(one: string, other: string): boolean {
  const [first, second] = [parsePolicy(one), parsePolicy(other)];
  return first.ok && second.ok && JSON.stringify(first.value) === JSON.stringify(second.value);
}
