import path from 'node:path';
import type { Saying } from '../commands/decide.ts';
import type { CommandLine } from './command-line.ts';

const SIGN = ['--sign', 'sign the decision with your SSH key'] as const;
const KEY = ['--key <file>', 'the key to sign with (default: the first in ~/.ssh that is allowed)'] as const;
type Signing = { readonly sign?: boolean; readonly key?: string; readonly why?: string };
const saying = (decision: Saying['decision'], { sign, key, why: reason }: Signing): Saying => ({
  ...{ decision, reason: reason ?? '', key },
  sign: sign === true || key !== undefined,
});

/** What a person uses every day. */
export function daily({ add, run }: CommandLine): void {
  add(
    'init <dir>',
    'Make a vault in a new or empty folder; where it is one already, add what is missing.',
    'steward init ~/Steward',
  ).action((dir: string) =>
    run(async environment => (await import('../commands/init.ts')).init({ ...environment, vault: path.resolve(dir) })),
  );
  add(
    'start',
    'Start everything, and make the vault where it is missing.',
    'steward start\nsteward start --once   # works until nothing more can be done now',
  )
    .option('--once', 'work until nothing more can be done now, then end')
    .action((options: { once?: boolean }) =>
      run(async environment => (await import('../commands/start.ts')).start(environment, options.once === true)),
    );
  add('status', 'Say what waits for you, what is in work and what failed.', 'steward status\nsteward status --json')
    .option('--json', 'as one line of JSON')
    .action((options: { json?: boolean }) =>
      run(async environment => (await import('../commands/status.ts')).status(environment, options.json === true)),
    );
  add('task <text...>', 'Write a task into Needs_Action.', 'steward task "Send Anna the Q3 numbers"').action(
    (words: readonly string[]) =>
      run(async environment => (await import('../commands/task.ts')).task(environment, words.join(' '))),
  );
  add(
    'try <what...>',
    'Show what the rules in Skills would make of a file or a text: which fits, the plan, each proposal. Changes nothing.',
    'steward try ~/Downloads/bank.csv\nsteward try "Send Anna the Q3 numbers"\nsteward try Inbox/scan.pdf --json',
  )
    .option('--json', 'as one line of JSON')
    .action((words: readonly string[], options: { json?: boolean }) =>
      run(async environment =>
        (await import('../commands/try.ts')).tryRules(environment, words.join(' '), options.json === true),
      ),
    );
  add(
    'approve <id>',
    'Approve what waits under this id, which may be shortened while it is unique.',
    'steward approve file-7f3a\nsteward approve file-7f3a --sign   # with your SSH key; also where only the vault is',
  )
    .option(...SIGN)
    .option(...KEY)
    .action((id: string, options: Signing) =>
      run(async environment =>
        (await import('../commands/decide.ts')).decide(environment, id, saying('approved', options)),
      ),
    );
  add('reject <id>', 'Reject what waits under this id.', 'steward reject file-7f3a --why "wrong folder"')
    .option('--why <reason>', 'the reason, which is remembered', '')
    .option(...SIGN)
    .option(...KEY)
    .action((id: string, options: Signing) =>
      run(async environment =>
        (await import('../commands/decide.ts')).decide(environment, id, saying('rejected', options)),
      ),
    );
  add('answer <id> <text...>', 'Answer a question.', 'steward answer note-3b1c "Drop it"').action(
    (id: string, words: readonly string[]) =>
      run(async environment => (await import('../commands/answer.ts')).answer(environment, id, words.join(' '))),
  );
  add('stop', 'Stop all effects until you resume.', 'steward stop').action(() =>
    run(async environment => (await import('../commands/stop.ts')).stop(environment)),
  );
  add(
    'resume [name]',
    'Let effects happen again; with a channel or a task, lift its pause only.',
    'steward resume\nsteward resume email\nsteward resume file-7f3a',
  ).action((channel: string | undefined) =>
    run(async environment => (await import('../commands/stop.ts')).resume(environment, channel)),
  );
  add(
    'pause <name>',
    'Have nothing begin at one channel, such as email, or leave one task alone, until you resume it.',
    'steward pause email --why "I am changing the password"\nsteward pause file-7f3a',
  )
    .option('--why <reason>', 'the reason, which is shown', '')
    .action((channel: string, options: { why: string }) =>
      run(async environment => (await import('../commands/stop.ts')).pause(environment, channel, options.why)),
    );
}
