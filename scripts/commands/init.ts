import { cpSync, existsSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { type Environment, readConfig } from '../../core/config.ts';
import { createFile, ensureFolder, lstatOf } from '../../core/durable.ts';
import { EXIT } from '../../core/open-vault.ts';
import { fail, ok, type Result, sentence } from '../../core/outcome.ts';
import { createIdentity, openStateFolder, vaultIdentity } from '../../core/state-folder.ts';
import { FOLDERS } from '../../core/states.ts';
import { quote } from '../doctor/finding.ts';

const TEMPLATE = path.resolve(import.meta.dirname, '..', '..', 'vault-template');
/** What an otherwise empty folder may hold: what Obsidian makes when it opens a folder as a vault. */
const HARMLESS: readonly string[] = ['.obsidian', '.DS_Store', 'Welcome.md', '.trash'];

const CONFIG = `# Steward on this computer. It is read at start; \`steward doctor\` checks it.
#
# brain: rulebook            # the rules in Skills/, no key, no network; or claude, local (README, Brains)
# drop_folders:              # watched beside Inbox/
#   - /home/you/Downloads/for-steward
# approval_hours: 168        # an approval that nobody decides lapses
# briefing: { at: "07:00" }  # the morning’s digest in Briefings/; or: briefing: off
# settle: { note: 20, tick: 3, drop: 2 }   # seconds of quiet before something is taken
# servers:                   # steward connect imap  writes this and watchers.mail for you
#   email:                   # without it, mail is only ever drafted
#     from: you@example.com
#     host: smtp.example.com # the password: steward secret set STEWARD_EMAIL_PASSWORD
#     user: you@example.com
`;

/** What a vault holds whose identity is missing: a copy, a clone, or one whose identity the person deleted. */
const OURS: readonly string[] = [FOLDERS.needsAction, FOLDERS.pending, FOLDERS.approved];
const isOurs = (names: readonly string[]): boolean =>
  names.includes('.steward') || OURS.every(name => names.includes(name));

/**
 * Makes a vault, or says why not. Doing it again changes nothing that a person wrote. `adopt`: a vault without its
 * identity gets a new one.
 */
export function makeVault(environment: Environment, adopt: boolean): Result<'made' | 'known'> {
  const { home } = environment;
  const vault = existsSync(environment.vault) ? realpathSync(environment.vault) : environment.vault;
  const known = vaultIdentity(vault);
  if (!known.ok && known.failure.kind === 'permanent') return known;
  if (!known.ok && lstatOf(vault) !== undefined) {
    if (!lstatOf(vault)?.isDirectory()) return fail('invalid', `${vault} is not a folder.`);
    const names = readdirSync(vault);
    const foreign = names.filter(name => !HARMLESS.includes(name) && name !== '.steward');
    if (foreign.length > 0 && !(adopt && isOurs(names))) {
      return fail(
        'denied',
        `${vault} is not empty and is no vault of Steward’s (it holds ${foreign.slice(0, 3).join(', ')}).`,
        'Choose an empty or a new folder: steward init DIR.',
      );
    }
  }
  ensureFolder(vault);
  cpSync(TEMPLATE, vault, {
    recursive: true,
    force: false,
    errorOnExist: false,
    filter: source => path.basename(source) !== '.gitkeep',
  });
  const id = known.ok ? known.value : createIdentity(vault);
  const state = openStateFolder(home, realpathSync(vault), id);
  if (!state.ok) return state;
  createFile(state.value.tmp, state.value.config, CONFIG);
  const config = readConfig(state.value.config);
  return config.ok ? ok(known.ok ? 'known' : 'made') : config;
}

export function init(environment: Environment): number {
  const made = makeVault(environment, true);
  if (!made.ok) {
    process.stderr.write(`${sentence(made.failure)}\n`);
    return EXIT.usage;
  }
  process.stdout.write(
    made.value === 'made'
      ? `Made the vault ${environment.vault}\nNext:  steward start --vault ${quote(environment.vault)}\n`
      : `${environment.vault} is a vault already; what was missing from the template was added.\n`,
  );
  return EXIT.ok;
}
