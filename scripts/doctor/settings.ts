import { generateKeyPairSync } from 'node:crypto';
import { accessSync, constants, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { modulesIn } from '../../core/discover.ts';
import { lstatOf } from '../../core/durable.ts';
import { publicHalf } from '../../core/grant.ts';
import { JournalReader } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { createLog } from '../../core/log.ts';
import { fail, ok } from '../../core/outcome.ts';
import { secretsFor } from '../../core/secret-names.ts';
import { rulesOf } from '../../orchestrator/brains/rulebook/rule.ts';
import { Book } from '../../orchestrator/execute/book.ts';
import { changedTools } from '../../orchestrator/execute/pins.ts';
import { ActionServers } from '../../orchestrator/execute/servers.ts';
import { brainName } from '../../orchestrator/think/brain-name.ts';
import { readSkills } from '../../orchestrator/think/request.ts';
import { checkAccounts } from './accounts.ts';
import { broken, type Finding, fine, type Patient, quote, some, warn } from './finding.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '..', '..');
const namesIn = (folder: string): readonly string[] => [...modulesIn(path.join(REPOSITORY, folder)).keys()];

/** The settings beyond their form: what they name is there, and every action server starts with its own. */
export async function checkSettings(patient: Patient): Promise<readonly Finding[]> {
  const findings = [...named(patient), ...dropFolders(patient), ...secrets(patient)];
  const [{ findings: served, actions }, reached] = await Promise.all([servers(patient), checkAccounts(patient)]);
  return [...findings, ...served, ...reached, ...unusableRules(patient, actions)];
}

function named({ config, state }: Patient): readonly Finding[] {
  const change = (key: string): string => `Change \`${key}\` in ${state.config}.`;
  const unknown = (key: 'servers' | 'watchers', folder: string): readonly Finding[] => {
    const known = namesIn(folder);
    return Object.keys(config[key])
      .filter(name => !known.includes(name))
      .map(name => broken('config', `${key}.${name}: there is none. Known: ${known.join(', ')}.`, change(key)));
  };
  return [...unknown('servers', 'mcp-servers'), ...unknown('watchers', 'watchers')];
}

function dropFolders({ config, root, state }: Patient): readonly Finding[] {
  return config.drop_folders.map(folder => {
    const mend = `Change \`drop_folders\` in ${state.config}.`;
    if (!lstatOf(folder)?.isDirectory()) return broken('drop folder', `${folder} is not there, or no folder.`, mend);
    try {
      accessSync(folder, constants.R_OK | constants.X_OK);
    } catch {
      return broken('drop folder', `${folder} may not be read.`, `chmod u+rx ${quote(folder)}`);
    }
    const real = realpathSync(folder);
    const isInside = (inner: string, outer: string): boolean => `${inner}/`.startsWith(`${outer}/`);
    if (isInside(root, real))
      return broken('drop folder', `${folder} holds the vault: its notes would be drops.`, mend);
    if (isInside(real, root)) return warn('drop folder', `${folder} is in the vault; Inbox is watched anyway.`, mend);
    try {
      accessSync(folder, constants.W_OK);
    } catch {
      return warn('drop folder', `${folder} may not be written: what is filed from it cannot be moved away.`, mend);
    }
    return fine('drop folder', folder);
  });
}

/** Secrets that nothing configured here needs, and secrets that stand where they do not belong. */
function secrets({ environment, config, state }: Patient): readonly Finding[] {
  const users = [...Object.keys(config.servers), ...Object.keys(config.watchers)];
  const needed = new Set(users.flatMap(name => Object.keys(secretsFor(name, environment.secrets))));
  const brain = brainName(config.brain, environment);
  if (brain !== 'rulebook') needed.add('ANTHROPIC_API_KEY');
  const idle = Object.keys(environment.secrets).filter(name => !needed.has(name));
  const text = lstatOf(state.config) === undefined ? '' : readFileSync(state.config, 'utf8');
  const written = Object.entries(environment.secrets).filter(([, value]) => value.length >= 4 && text.includes(value));
  return [
    ...(idle.length === 0
      ? []
      : [
          warn(
            'secrets',
            `They are there, and nothing configured uses them: ${some(idle)}.`,
            'Take them out of the environment, or  steward secret remove NAME',
          ),
        ]),
    ...written.map(([name]) =>
      broken(
        'secrets',
        `${state.config} holds the value of ${name}.`,
        'Take it out, and  steward secret set NAME  in its place.',
      ),
    ),
  ];
}

/** Starts each action server as the executor would, asks what it offers, and ends it. */
async function servers(patient: Patient): Promise<{ findings: readonly Finding[]; actions: ReadonlySet<string> }> {
  const { root, config, environment, state, isConfigured } = patient;
  const said = new Map<string, string>();
  const log = createLog(line => {
    const [, server, text] = /^! ([a-z0-9-]+): ([\s\S]*)$/.exec(line) ?? [];
    if (server !== undefined && text !== undefined) said.set(server, text.split('\n')[0] ?? text);
  }, environment.secrets);
  const book = new Book();
  try {
    for (const record of new JournalReader(state.ledger, LedgerRecord).next()) book.apply(record);
  } catch {
    // A ledger that is not sound is told of by the check that is about it.
  }
  // A key of the moment: nothing is performed, so nobody has to be able to sign for it.
  const grantKey = publicHalf(generateKeyPairSync('ed25519').privateKey);
  const running = new ActionServers(
    server => ({
      ...{ vault: root, state: path.join(state.servers, server), dropFolders: config.drop_folders, grantKey },
      settings: config.servers[server] ?? null,
      secrets: secretsFor(server, environment.secrets),
    }),
    (server, definitions) => {
      const changed = changedTools(book.pins.get(server), definitions);
      const why = `its tools ${changed.join(', ')} are not what they were when they were first used`;
      return Promise.resolve(changed.length === 0 ? ok('same') : fail('denied', why));
    },
    log,
  );
  const actions = new Set<string>();
  const looked = async (server: string): Promise<readonly Finding[]> => {
    const offered = await running.definitions(server);
    if (!offered.ok) {
      const why = said.get(server) ?? offered.failure.message;
      return [broken('server', `${server}: ${why}`, `Mend servers.${server} in ${state.config}.`)];
    }
    const tools = [...offered.value.keys()];
    for (const tool of tools) actions.add(`${server}.${tool}`);
    return [fine('server', `${server} offers ${tools.join(', ') || 'nothing'}`)];
  };
  const findings = (await Promise.all((isConfigured ? running.names : []).map(looked))).flat();
  await running.close();
  return { findings, actions };
}

/** Skills and rules that cannot be read, and rules whose action nobody offers. */
function unusableRules({ vault, config, isConfigured }: Patient, actions: ReadonlySet<string>): readonly Finding[] {
  const skills = readSkills(vault);
  const { rules, broken: faulty } = rulesOf(skills);
  const unread = vault
    .list('Skills')
    .filter(({ name, kind }) => kind === 'folder' && !skills.some(skill => skill.name === name))
    .map(({ name }) =>
      broken('skills', `Skills/${name}/SKILL.md is not there, or its properties cannot be read.`, 'Mend or delete it.'),
    );
  const idle = rules.flatMap(rule => {
    const missing = rule.then.actions
      .map(({ do: names }) => names)
      .filter(names => !names.some(name => actions.has(name)));
    const text = `${rule.path} proposes ${missing.map(names => names.join(' or ')).join(', ')}, and no such action is offered.`;
    // What is for mail sleeps until a mailbox is connected.
    const isForMail = rule.when.mail !== undefined || rule.when.reads === 'mail';
    const sleeps = isForMail && config.watchers.mail === undefined;
    return missing.length === 0 || !isConfigured || sleeps
      ? []
      : [warn('skills', text, 'Configure that server, or change the rule.')];
  });
  const mistakes = faulty.map(why => broken('skills', `A rule that cannot be used: ${why}`, 'Mend its box “## Rule”.'));
  const told = [...unread, ...mistakes, ...idle];
  return told.length > 0 ? told : [fine('skills', `${skills.length} skills, ${rules.length} rules`)];
}
