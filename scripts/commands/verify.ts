import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { Environment } from '../../core/config.ts';
import { lstatOf } from '../../core/durable.ts';
import { EXIT, type OpenVault, openVault } from '../../core/open-vault.ts';
import { fail, messageOf, ok, type Result, sentence } from '../../core/outcome.ts';
import { readLines } from '../../core/read-lines.ts';
import { isLocked, type StateFolder } from '../../core/state-folder.ts';
import { FOLDERS } from '../../core/states.ts';
import { Vault } from '../../core/vault.ts';
import { Book } from '../../orchestrator/execute/book.ts';
import { type Anchor, readAnchors } from '../../orchestrator/report/anchor.ts';
import { type Answer, checkRecords, type LogCopy } from '../../orchestrator/report/check-records.ts';
import { checkSignatures } from '../../orchestrator/report/check-signatures.ts';
import { parseLogName } from '../../orchestrator/report/log-file.ts';

export type Against = { readonly anchors: readonly Anchor[]; readonly copies: readonly LogCopy[] };

/**
 * Checks the chain of the ledger, that every record follows from the ones before, that the log tells the same, and that
 * what is called signed is signed.
 */
export async function checkSoundness(
  root: string,
  state: StateFolder,
  node: string,
  against: Against = { anchors: [], copies: [] },
): Promise<Answer> {
  // The log follows the ledger within moments: while Steward runs, its last lines may still be on their way.
  for (let tries = isLocked(state, 'executor') ? 20 : 1; ; tries -= 1) {
    try {
      const vault = new Vault(root, 'person');
      const answer = checkRecords({ ledger: state.ledger, vault, node, id: path.basename(state.root), ...against });
      if (answer.problems.length === 0 || tries <= 1)
        return { ...answer, problems: [...answer.problems, ...(await checkSignatures(answer.claims, state.tmp))] };
    } catch (error) {
      const nothing = { records: 0, head: '', first: undefined, newest: undefined, book: new Book(), claims: [] };
      if (tries <= 1) return { ...nothing, problems: [messageOf(error)] };
    }
    await new Promise(resolve => setTimeout(resolve, 250));
  }
}

type Options = { readonly anchor?: readonly string[]; readonly against?: readonly string[] };

export async function verify(environment: Environment, options: Options): Promise<number> {
  const opened = openVault(environment);
  const against = opened.ok ? readAgainst(options, opened.value) : opened;
  if (!opened.ok || !against.ok) {
    if (!against.ok) process.stderr.write(`${sentence(against.failure)}\n`);
    return EXIT.usage;
  }
  const { root, state, config } = opened.value;
  const { anchors, copies } = against.value;
  const { problems, records, head } = await checkSoundness(root, state, config.node, against.value);
  for (const problem of problems) process.stdout.write(`NOT SOUND  ${problem}\n`);
  if (problems.length > 0) return EXIT.failure;
  const more = [
    ...(anchors.length === 0 ? [] : [anchors.length === 1 ? 'the anchor holds' : `${anchors.length} anchors hold`]),
    ...(copies.length === 0 ? [] : ['the copy agrees']),
  ];
  process.stdout.write(`sound: ${[`${records} records`, ...more].join(', ')}, head ${records === 0 ? 'none' : head}\n`);
  return EXIT.ok;
}

function readAgainst(options: Options, opened: OpenVault): Result<Against> {
  const anchors: Anchor[] = [];
  for (const given of options.anchor ?? []) {
    const read = readAnchorFile(given);
    if (!read.ok) return read;
    anchors.push(...read.value);
  }
  const copies: LogCopy[] = [];
  for (const given of options.against ?? []) {
    const copy = readCopy(given, opened);
    if (!copy.ok) return copy;
    copies.push(copy.value);
  }
  return ok({ anchors, copies });
}

/** The anchors that a file holds, or standard input for `-`. */
function readAnchorFile(given: string): Result<readonly Anchor[]> {
  try {
    const { anchors, mistakes } = readAnchors(readFileSync(given === '-' ? 0 : given, 'utf8'));
    if (mistakes.length > 0)
      return fail('invalid', `${given}: ${mistakes.join('; ')}.`, 'Compare it with the original.');
    return anchors.length > 0
      ? ok(anchors)
      : fail('invalid', `${given} holds no anchor.`, 'Make one: steward anchor FILE');
  } catch (error) {
    return fail('invalid', `${given} cannot be read: ${messageOf(error)}.`);
  }
}

/** Another copy of the log: the folder itself, or a vault that holds it. */
function readCopy(given: string, { root, config }: OpenVault): Result<LogCopy> {
  const inside = path.join(given, FOLDERS.logs);
  const folder = lstatOf(inside)?.isDirectory() ? inside : given;
  if (!lstatOf(folder)?.isDirectory()) return fail('invalid', `${given} is no folder.`);
  if (realpathSync(folder) === path.join(root, FOLDERS.logs))
    return fail('invalid', `${given} is this vault’s own log.`, 'Name a copy of it: a backup, the other node’s clone.');
  const files = readdirSync(folder)
    .sort()
    .flatMap(name => parseLogName(name) ?? [])
    .filter(({ name, node }) => node === config.node && lstatOf(path.join(folder, name))?.isFile());
  if (files.length === 0) return fail('invalid', `${given} holds no log of the node “${config.node}”.`);
  return ok({ files, read: name => readLines(path.join(folder, name)) });
}
