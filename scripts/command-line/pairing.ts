import type { Accepting, Inviting } from '../commands/pair.ts';
import type { CommandLine } from './command-line.ts';

/** How a second computer becomes a node of the same vault, and is parted from again. */
export function pairing({ add, addTo, run }: CommandLine): void {
  const pairs = add(
    'pair',
    'Have the vault on a second computer: invite there, join here, accept, finish.',
    'steward pair invite --remote ssh://you@your-server/srv/steward/vault.git\nsteward pair list',
  );
  addTo(
    pairs,
    'invite',
    'Prepare the repository where nodes meet, and print what to run on the other computer.',
    'steward pair invite --remote ssh://you@your-server/srv/steward/vault.git\nsteward pair invite --remote git@example.com:you/vault.git --hosted\nsteward pair invite --remote /mnt/shared/vault.git --name study --role local',
  )
    .option(
      '--remote <where>',
      'the repository: over SSH, or a path that both reach (default: the one that is configured)',
    )
    .option('--name <node>', 'what the other computer is to be called', 'cloud')
    .option('--role <role>', 'what it is for: cloud is always on and drafts, local is where you are', 'cloud')
    .option('--host-key <fingerprint>', 'the host’s key, which you compared: SHA256:…')
    .option('--login-key <file>', 'the key with which you log in there yourself')
    .option('--hosted', 'a host where you have no shell: only print the keys to add')
    .action((options: Inviting) =>
      run(async environment => (await import('../commands/pair.ts')).invite(environment, options)),
    );
  addTo(
    pairs,
    'join <code>',
    'On the other computer: make it a node of the vault, in a new folder.',
    'steward pair join steward-invite-… --vault ~/Steward',
  ).action((code: string) =>
    run(async environment => (await import('../commands/pair-join.ts')).join(environment, code)),
  );
  addTo(
    pairs,
    'accept <code>',
    'On the first: let the other one in, with the code that it printed.',
    'steward pair accept steward-reply-…',
  )
    .option('--login-key <file>', 'the key with which you log in at the remote yourself')
    .option('--hosted', 'a host where you have no shell: only print the key to add')
    .action((code: string, options: Accepting) =>
      run(async environment => (await import('../commands/pair.ts')).accept(environment, code, options)),
    );
  addTo(pairs, 'finish', 'On the other: fetch the vault for the first time.', 'steward pair finish').action(() =>
    run(async environment => (await import('../commands/pair-join.ts')).finish(environment)),
  );
  addTo(pairs, 'list', 'List the nodes of this vault with their fingerprints.', 'steward pair list').action(() =>
    run(async environment => (await import('../commands/pair.ts')).listNodes(environment)),
  );
  addTo(
    pairs,
    'remove <node>',
    'Part from a node that was lost or stolen: its key counts no more, here and at the remote.',
    'steward pair remove cloud',
  )
    .option('--login-key <file>', 'the key with which you log in at the remote yourself')
    .option('--hosted', 'a host where you have no shell')
    .action((node: string, options: Accepting) =>
      run(async environment => (await import('../commands/pair.ts')).remove(environment, node, options)),
    );
}
