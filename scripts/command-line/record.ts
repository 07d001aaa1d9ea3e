import type { Logging } from '../commands/log.ts';
import { type CommandLine, several } from './command-line.ts';

/** What happened, why, what it took, and whether the record of it is sound. */
export function record({ add, addTo, run }: CommandLine): void {
  add(
    'why <id>',
    'Tell what came in, what was thought, who decided, and what happened with what proof; by any id or note.',
    'steward why file-7f3a\nsteward why invoice-d201c44211b7-approval-1.md\nsteward why file-7f3a --json',
  )
    .option('--json', 'as one line of JSON')
    .action((id: string, options: { json?: boolean }) =>
      run(async environment => (await import('../commands/why.ts')).why(environment, id, options.json === true)),
    );
  add(
    'log [id]',
    'Tell what happened, one line each: the last day, or all that is about one id; with --follow, go on telling.',
    'steward log --since 7d\nsteward log --follow\nsteward log file-7f3a',
  )
    .option('--since <when>', '24h, 7d, 2w, or a day such as 2026-11-20 (default: 24h, with an id everything)')
    .option('-f, --follow', 'go on until Ctrl-C')
    .action((id: string | undefined, options: Logging) =>
      run(async environment => (await import('../commands/log.ts')).log(environment, id, options)),
    );
  add(
    'undo <id>',
    'Ask for something that was done to be taken back, where that is on record; it waits for your yes like anything else.',
    'steward undo file-7f3a-a1\nsteward undo invoice-d201c44211b7-receipt-1.md',
  ).action((id: string) => run(async environment => (await import('../commands/undo.ts')).undo(environment, id)));
  add(
    'review',
    'At a terminal, decide what waits, one by one; with --since, --json or elsewhere, list what Steward decided by itself.',
    'steward review                          # approve, reject, edit, skip\nsteward review --since 7d               # what policy let through, refused, held, over a cap, lapsed\nsteward review --since 2026-11-20 --json',
  )
    .option('--since <when>', '24h, 7d, 2w, or a day such as 2026-11-20')
    .option('--json', 'as one line of JSON')
    .action((options: { since?: string; json?: boolean }) =>
      run(async environment => {
        const isHere = process.stdin.isTTY === true && process.stdout.isTTY === true;
        if (isHere && options.since === undefined && options.json !== true) {
          return (await import('../review/review-here.ts')).reviewHere(environment);
        }
        return (await import('../commands/review.ts')).review(
          environment,
          options.since ?? '24h',
          options.json === true,
        );
      }),
    );
  add(
    'verify',
    'Check the ledger and the log, also against what was kept elsewhere: exit 0 sound, 1 not.',
    'steward verify\nsteward verify --anchor /media/stick/anchors.txt\nsteward verify --against ~/backup/Steward',
  )
    .option('--anchor <file>', 'the anchors in it must lie on the chain; - reads standard input', several)
    .option('--against <folder>', 'another copy of the vault or of its Logs must tell the same', several)
    .action((options: { anchor?: readonly string[]; against?: readonly string[] }) =>
      run(async environment => (await import('../commands/verify.ts')).verify(environment, options)),
    );
  add(
    'anchor [file]',
    'Say the head of the ledger on one line, to be kept elsewhere; with a file, add it there.',
    'steward anchor\nsteward anchor /media/stick/anchors.txt',
  ).action((file: string | undefined) =>
    run(async environment => (await import('../commands/anchor.ts')).anchor(environment, file)),
  );
  add(
    'cost',
    'Say what thinking took: today, by day and model, and the dearest tasks.',
    'steward cost\nsteward cost --json',
  )
    .option('--json', 'as one line of JSON')
    .action((options: { json?: boolean }) =>
      run(async environment => (await import('../commands/cost.ts')).cost(environment, options.json === true)),
    );
  const memory = add(
    'memory',
    'Search what Steward can find again: what is remembered, documents, what was done.',
    'steward memory search larch roof\nsteward memory rebuild',
  );
  addTo(memory, 'search <words...>', 'Find notes by words.', 'steward memory search larch roof').action(
    (words: readonly string[]) =>
      run(async environment => (await import('../commands/memory.ts')).searchMemory(environment, words.join(' '))),
  );
  addTo(
    memory,
    'rebuild',
    'Make the index again from the notes; where it is missing or damaged that happens by itself.',
    'steward memory rebuild',
  ).action(() => run(async environment => (await import('../commands/memory.ts')).rebuildMemory(environment)));
}
