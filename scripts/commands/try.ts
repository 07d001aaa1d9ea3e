import type { ToolCall } from '../../core/brain.ts';
import type { Environment } from '../../core/config.ts';
import { type Arguments, actionName, originMark } from '../../core/envelope.ts';
import { terminalLine, visibleJson } from '../../core/inert.ts';
import type { Offer } from '../../core/offers.ts';
import { EXIT, type OpenVault, openVault } from '../../core/open-vault.ts';
import { type Failure, sentence } from '../../core/outcome.ts';
import type { Zone } from '../../core/policy.ts';
import { Vault } from '../../core/vault.ts';
import rulebook from '../../orchestrator/brains/rulebook/index.ts';
import { fitOf } from '../../orchestrator/brains/rulebook/match.ts';
import { rulesOf } from '../../orchestrator/brains/rulebook/rule.ts';
import { factsOf, type Judged } from '../../orchestrator/decide/facts.ts';
import { policyThatHolds } from '../../orchestrator/decide/held-policy.ts';
import { knownFrom } from '../../orchestrator/decide/known.ts';
import { explain } from '../../orchestrator/decide/policy/explain.ts';
import type { Book } from '../../orchestrator/execute/book.ts';
import { provenance } from '../../orchestrator/think/provenance.ts';
import { AskPerson, PlanUpdate, proposeName } from '../../orchestrator/think/tools.ts';
import { configuredOffers } from './configured-offers.ts';
import { readKnown } from './policy-subject.ts';
import { subjectOf, type Tried } from './try-subject.ts';

type RuleTold = {
  readonly skill: string;
  readonly path: string;
  readonly priority: number;
  readonly used: boolean;
  readonly why_not: readonly string[];
};

type ProposalTold = {
  readonly action: string;
  readonly arguments: Arguments;
  readonly origins: Judged['origins'];
  readonly zone: Zone | 'never';
  readonly reasons: readonly string[];
};

/** What the rulebook would make of a file or a text. Nothing is done and nothing in the vault changes. */
export async function tryRules(environment: Environment, given: string, asJson: boolean): Promise<number> {
  const opened = openVault(environment);
  if (!opened.ok) return refused(opened.failure);
  const { root, state } = opened.value;
  const offers = await configuredOffers(opened.value);
  const ledger = readKnown(state, '');
  if (!ledger.ok) return refused(ledger.failure);
  const tried = await subjectOf(given, new Vault(root, 'person'), offers);
  if (!tried.ok) return refused(tried.failure);
  const made = rulebook.create({ settings: null, secrets: {}, now: () => new Date() });
  if (!made.ok) return refused(made.failure);
  const { request } = tried.value;
  const thought = await made.value.next(request, new AbortController().signal);
  if (!thought.ok) return refused(thought.failure, EXIT.failure);
  const { calls } = thought.turn;
  const proposals = calls.flatMap(call => proposalOf(call, tried.value, offers, opened.value, ledger.value.book));
  const rules = rulesTold(tried.value, proposals.length > 0);
  const told = {
    about: tried.value.told,
    rules: rules.rules,
    broken: rules.broken,
    plan: PlanUpdate.safeParse(calls.find(({ tool }) => tool === 'plan_update')?.input).data,
    proposals,
    question: AskPerson.safeParse(calls.find(({ tool }) => tool === 'ask_person')?.input).data,
  };
  process.stdout.write(asJson ? `${visibleJson(told)}\n` : asText(told));
  return proposals.length > 0 ? EXIT.ok : EXIT.failure;
}

function refused(failure: Failure, code: number = EXIT.usage): number {
  process.stderr.write(`${sentence(failure)}\n`);
  return code;
}

/** Each rule in the order in which it is tried. Of those that fit, the first is used, unless it could not be carried out. */
function rulesTold({ request }: Tried, isUsed: boolean): { rules: readonly RuleTold[]; broken: readonly string[] } {
  const { rules, broken } = rulesOf(request.skills);
  const said = request.task.file === undefined ? request.task.text : '';
  let first: string | undefined;
  const told = rules.map(rule => {
    const { misfits } = fitOf(rule, request.task, said);
    const isFirst = misfits.length === 0 && first === undefined;
    if (isFirst) first = rule.skill;
    return {
      ...{ skill: rule.skill, path: rule.path, priority: rule.priority, used: isFirst && isUsed },
      why_not: isFirst ? [] : misfits.length > 0 ? misfits : [`it fits too, and ${first} comes first`],
    };
  });
  return { rules: told, broken };
}

function proposalOf(
  call: ToolCall,
  { request, known }: Tried,
  offers: readonly Offer[],
  { root, state, config }: OpenVault,
  book: Book,
): readonly ProposalTold[] {
  const offer = offers.find(({ server, tool }) => proposeName(server, tool) === call.tool);
  if (offer === undefined) return [];
  const { source, file } = request.task;
  const judged: Judged = {
    ...{ server: offer.server, tool: offer.tool, arguments: call.input, reach: offer.reach, attachments: [], source },
    origins: provenance(call.input, known),
    exposure: { untrusted: file === undefined ? [] : [source], private: [] },
  };
  const now = new Date();
  const acquaintance = knownFrom(new Vault(root, 'person'), state, config, book.history);
  const facts = factsOf(judged, now, acquaintance);
  const history = book.history.effects('', judged, acquaintance);
  const { policy } = policyThatHolds(book);
  const { judgement } = explain(facts, policy, config.permit, now.getTime(), now.getTime(), history);
  const action = actionName(offer);
  const common = { action, arguments: call.input, origins: judged.origins };
  return judgement.kind === 'refused'
    ? [{ ...common, zone: 'never', reasons: [judgement.why] }]
    : [{ ...common, zone: judgement.zone, reasons: judgement.reasons }];
}

const ZONES: Readonly<Record<Zone | 'never', string>> = {
  green: 'would be done at once (green)',
  yellow: 'would be done after a hold (yellow)',
  red: 'would be asked (red)',
  never: 'would not be done: it is on the never list',
};

type Told = {
  readonly about: string;
  readonly rules: readonly RuleTold[];
  readonly broken: readonly string[];
  readonly plan: PlanUpdate | undefined;
  readonly proposals: readonly ProposalTold[];
  readonly question:
    | { readonly question: string; readonly context: string; readonly choices: readonly string[] }
    | undefined;
};

function asText({ about, rules, broken, plan, proposals, question }: Told): string {
  const lines = [
    about,
    '',
    'Rules, in the order in which they are tried',
    ...rules.map(({ skill, path, priority, used, why_not }) => {
      const why = used
        ? path
        : why_not.length === 0
          ? `it fits, but cannot be carried out (${path})`
          : why_not.join('; ');
      return `  ${used ? 'used' : 'no  '} ${String(priority).padStart(3)} ${skill}: ${why}`;
    }),
    ...broken.map(one => `  cannot be used: ${one}`),
    ...(plan === undefined ? [] : ['', 'Plan', `  ${plan.summary}`, ...plan.steps.map(({ text }) => `  - ${text}`)]),
    ...proposals.flatMap(proposalLines),
    ...(question === undefined
      ? []
      : [
          '',
          'Question',
          `  ${question.question}`,
          `  ${question.context}`,
          ...question.choices.map(one => `  - ${one}`),
        ]),
    '',
    'Nothing was done.',
  ];
  return `${lines.map(terminalLine).join('\n')}\n`;
}

const proposalLines = ({ action, arguments: values, origins, zone, reasons }: ProposalTold, at: number): string[] => [
  '',
  `Proposal ${at + 1}: ${action} ${ZONES[zone]}`,
  ...reasons.map(reason => `  ${reason}`),
  ...Object.entries(values).flatMap(([name, value]) => [
    `  ${name} (${originMark(origins[name]).replaceAll('**', '')}):`,
    ...(typeof value === 'string' ? value.trimEnd() : JSON.stringify(value)).split('\n').map(line => `    ${line}`),
  ]),
];
