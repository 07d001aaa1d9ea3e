import path from 'node:path';
import { isBrainModule } from '../../core/brain.ts';
import { discover } from '../../core/discover.ts';
import { messageOf } from '../../core/outcome.ts';
import { isBrainSecret } from '../../core/secret-names.ts';
import { brainName } from '../../orchestrator/think/brain-name.ts';
import { broken, type Finding, fine, type Patient, warn } from './finding.ts';

const BRAINS = path.resolve(import.meta.dirname, '..', '..', 'orchestrator', 'brains');
/** Milliseconds that a brain has to answer, so that the doctor stays quick. */
const PATIENCE = 5000;

/** Whether every brain that is used can be made and answers, and whether what it may take makes sense. */
export async function checkThinking(patient: Patient): Promise<readonly Finding[]> {
  const { config, environment, isConfigured } = patient;
  if (!isConfigured) return [];
  const standard = brainName(config.brain, environment);
  const routed = config.routing.flatMap(({ brain, fallback }) => [brain, fallback]).filter(name => name !== undefined);
  const names = [...new Set([standard, ...routed])];
  const looked = await Promise.all(names.map(name => answers(name, patient)));
  return [...looked.flat(), ...budget(patient, standard)];
}

async function answers(name: string, { config, environment, state, isOffline }: Patient): Promise<readonly Finding[]> {
  const modules = await discover(BRAINS, value => (isBrainModule(value) ? value : undefined));
  const module = modules.get(name);
  if (module === undefined) {
    const text = `There is no brain “${name}”. Known: ${[...modules.keys()].join(', ')}.`;
    return [broken('brain', text, `Change \`brain\` or \`routing\` in ${state.config}.`)];
  }
  const secrets = Object.fromEntries(Object.entries(environment.secrets).filter(([secret]) => isBrainSecret(secret)));
  const made = module.create({ settings: config.brains[name] ?? null, secrets, now: () => new Date() });
  if (!made.ok)
    return [broken('brain', made.failure.message, made.failure.mend ?? `Mend brains.${name} in ${state.config}.`)];
  const { ping } = made.value;
  if (ping === undefined) return [fine('brain', name)];
  if (isOffline) return [fine('brain', `${name}, not asked: offline`)];
  try {
    const said = await ping(AbortSignal.timeout(PATIENCE));
    if (said.ok) return [fine('brain', `${name} answers: ${said.value}`)];
    return [
      broken(
        'brain',
        `${name}: ${said.failure.message}`,
        said.failure.mend ?? `Mend brains.${name} in ${state.config}.`,
      ),
    ];
  } catch (error) {
    return [
      broken('brain', `${name} does not answer: ${messageOf(error)}.`, `Mend brains.${name} in ${state.config}.`),
    ];
  }
}

/** Limits that cancel each other out, and money that nobody could count. */
function budget({ config, state }: Patient, standard: string): readonly Finding[] {
  const { task, day, roles, warn_at: warnAt } = config.budget;
  const change = (key: string): string => `Change \`budget.${key}\` in ${state.config}.`;
  const findings: Finding[] = [];
  if (task.money > day.money || task.tokens > day.tokens) {
    const text = 'One task may take more than the day of all, so that a single one can use it up.';
    findings.push(warn('budget', text, change('task'), 'work'));
  }
  for (const [role, { money, tokens }] of Object.entries(roles)) {
    if (money <= day.money && tokens <= day.tokens) continue;
    findings.push(
      warn('budget', `The role ${role} may take more than the day of all.`, change(`roles.${role}`), 'nothing'),
    );
  }
  if (warnAt === 1) {
    const text = 'That a day’s budget runs out is told only once it has run out.';
    findings.push(warn('budget', text, change('warn_at'), 'nothing'));
  }
  if (findings.length > 0) return findings;
  if (standard === 'rulebook' && config.routing.length === 0)
    return [fine('budget', 'not needed: the rulebook costs nothing')];
  return [fine('budget', `at most ${task.money} dollars a task and ${day.money} a day`)];
}
