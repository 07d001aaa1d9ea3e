import type { Command } from 'commander';
import type { Allowing } from '../commands/key.ts';
import type { Explaining } from '../commands/policy.ts';
import type { CommandLine } from './command-line.ts';

/** Who and what is trusted with what: policy, keys and secrets. */
export function trust({ add, addTo, run }: CommandLine): void {
  const policies = add(
    'policy',
    'Say what your policy makes of an action, and whether Policies.md is understood.',
    'steward policy explain file-7f3a\nsteward policy check',
  );
  addTo(
    policies,
    'explain <action>',
    'Say the zone of an action, by which rule, and all that counted: server.tool, or the id of one that was proposed.',
    `steward policy explain file-7f3a\nsteward policy explain email.send --with '{"to": ["anna@example.com"]}'`,
  )
    .option('--with <json>', 'the arguments, for server.tool')
    .option('--from <origin>', 'where their values come from: person, contacts, web, model … (default: person)')
    .option('--source <source>', 'what the task came from (default: person)')
    .option('--json', 'as one line of JSON')
    .action((action: string, options: Explaining) =>
      run(async environment => (await import('../commands/policy.ts')).explainPolicy(environment, action, options)),
    );
  addTo(
    policies,
    'check',
    'Say whether Policies.md is understood, and what it would loosen.',
    'steward policy check',
  ).action(() => run(async environment => (await import('../commands/policy.ts')).checkPolicy(environment)));
  const keys = add(
    'key',
    'Say whose signed decisions count.',
    'steward key allow ~/anna.pub --name anna\nsteward key list',
  );
  addTo(keys, 'allow <file>', 'Let what a key signs count: its public half (.pub).', 'steward key allow ~/anna.pub')
    .option('--name <name>', 'whose key it is (default: what the file says, else you)')
    .option('--from <day>', 'what it signs counts from then on: 2027-01-31')
    .option('--until <day>', 'what it signs counts until then: 2027-01-31')
    .action((file: string, options: Allowing) =>
      run(async environment => (await import('../commands/key.ts')).allowKey(environment, file, options)),
    );
  addTo(keys, 'list', 'List the keys whose signed decisions count.', 'steward key list').action(() =>
    run(async environment => (await import('../commands/key.ts')).listKeys(environment)),
  );
  addTo(
    keys,
    'revoke <name>',
    'Let what a key signs no longer count, by name or fingerprint.',
    'steward key revoke anna',
  ).action((name: string) =>
    run(async environment => (await import('../commands/key.ts')).revokeKey(environment, name)),
  );
  const secrets = add(
    'secret',
    'Keep passwords, tokens and keys where no note and no log can show them.',
    'steward secret set STEWARD_EMAIL_PASSWORD\nsteward secret list',
  );
  addTo(
    secrets,
    'set <name>',
    'Keep a secret: typed unseen, or taken from standard input.',
    'steward secret set STEWARD_EMAIL_PASSWORD\nprintf %s "$TOKEN" | steward secret set STEWARD_ODOO_TOKEN',
  )
    // What is too much may be the value: it is refused without being repeated.
    .allowExcessArguments()
    .action((name: string, _: unknown, command: Command) =>
      run(async environment =>
        (await import('../commands/secret.ts')).setSecret(environment, name, command.args.length > 1),
      ),
    );
  addTo(
    secrets,
    'list',
    'Say which secrets there are and where they are kept, never what they are.',
    'steward secret list',
  ).action(() => run(async environment => (await import('../commands/secret.ts')).listSecrets(environment)));
  addTo(
    secrets,
    'remove <name>',
    'Remove a secret that Steward keeps.',
    'steward secret remove STEWARD_EMAIL_PASSWORD',
  ).action((name: string) =>
    run(async environment => (await import('../commands/secret.ts')).dropSecret(environment, name)),
  );
}
