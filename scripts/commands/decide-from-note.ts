import { type ParsedApproval, parseApproval } from '../../core/approval-note.ts';
import type { Environment } from '../../core/config.ts';
import { lstatOf } from '../../core/durable.ts';
import { envelopeDigest } from '../../core/envelope.ts';
import { setProperty } from '../../core/front-matter.ts';
import { terminalLine } from '../../core/inert.ts';
import { EXIT } from '../../core/open-vault.ts';
import { fail, ok, type Result, sentence } from '../../core/outcome.ts';
import type { SignedDecision } from '../../core/signed-decision.ts';
import { vaultIdentity } from '../../core/state-folder.ts';
import { FOLDERS } from '../../core/states.ts';
import { type Note, Vault } from '../../core/vault.ts';
import { judge } from '../../orchestrator/approve/judge.ts';
import type { Saying } from './decide.ts';
import { signDecision } from './sign.ts';

type Found = { readonly path: string; readonly note: Note; readonly approval: ParsedApproval };

/**
 * Decides where only the vault is, and no Steward that knows it: on another computer, from the approval note alone. The
 * signature goes into the note, which is moved, and whatever syncs the vault carries both.
 */
export function decideFromNote(environment: Environment, id: string, saying: Saying): number {
  const done = signNote(environment, id, saying, new Date());
  if (done.ok) {
    const { approval, path } = done.value;
    process.stdout.write(`${terminalLine(`${saying.decision}  ${approval.id}  ${approval.envelope.title}`)}\n`);
    process.stderr.write(
      `Signed in ${terminalLine(path)}; it counts once the vault is synced to where Steward runs.\n`,
    );
    return EXIT.ok;
  }
  process.stderr.write(`${sentence(done.failure)}\n`);
  return EXIT.usage;
}

function signNote(environment: Environment, id: string, saying: Saying, now: Date): Result<Found> {
  const identity = vaultIdentity(environment.vault);
  if (!identity.ok && lstatOf(`${environment.vault}/${FOLDERS.pending}`) === undefined) return identity;
  const vault = new Vault(environment.vault, 'person');
  const found = findNote(vault, id);
  if (!found.ok) return found;
  const { approval, note, path } = found.value;
  const { envelope } = approval;
  if (judge(envelope, approval).kind !== 'same') {
    return fail(
      'denied',
      'This note is not as Steward writes one, so it was not signed.',
      'Decide where Steward runs.',
    );
  }
  const id16 = envelope.vault ?? (identity.ok ? identity.value : undefined);
  if (id16 === undefined || (identity.ok && identity.value !== id16)) {
    return fail('denied', 'This note is of another vault, so it was not signed.', 'Decide where Steward runs.');
  }
  if (Date.parse(envelope.expires) <= now.getTime()) {
    return fail('denied', `${approval.id} has lapsed, so nothing was signed.`, 'It is asked again where Steward runs.');
  }
  if (approval.decision !== undefined && approval.decision !== saying.decision) {
    return fail('denied', `The note says ${approval.decision} by itself.`, 'Take that out of it first.');
  }
  const decision: SignedDecision = {
    ...{ vault: id16, action: approval.id, decision: saying.decision, digest: envelopeDigest(envelope) },
  };
  const signature = signDecision(envelope, decision, saying.key, undefined);
  if (!signature.ok) return signature;
  return write(vault, { path, note, approval }, signature.value.line, saying);
}

/** The one approval that an id, shortened perhaps, or the name of its note means. */
function findNote(vault: Vault, id: string): Result<Found> {
  const wanted = id.trim().replace(/^.*\//, '').replace(/\.md$/, '');
  const found: Found[] = [];
  for (const folder of [FOLDERS.pending, FOLDERS.approved]) {
    for (const { name, kind } of vault.list(folder)) {
      const path = `${folder}/${name}`;
      const note = kind === 'file' && name.endsWith('.md') && name !== 'README.md' ? vault.read(path) : undefined;
      const approval = note?.ok ? parseApproval(note.value.text) : undefined;
      if (!note?.ok || !approval?.ok) continue;
      const { id: full } = approval.value;
      const fits = [full, full.replace(/^[a-z]+-/, ''), name.slice(0, -3)].some(one => one.startsWith(wanted));
      if (wanted !== '' && fits) found.push({ path, note: note.value, approval: approval.value });
    }
  }
  const [first, ...others] = found.some(one => one.approval.id === wanted)
    ? found.filter(one => one.approval.id === wanted)
    : found;
  if (first !== undefined && others.length === 0) return ok(first);
  const told = found.map(({ path }) => path).join(', ');
  return first === undefined
    ? fail('invalid', `No approval waits under “${id}” in ${vault.root}.`, 'Its id stands at the top of its note.')
    : fail('invalid', `“${id}” fits more than one approval: ${told}.`);
}

/** Puts the signature into the note, and the note where the decision puts it. */
function write(vault: Vault, found: Found, signature: string, { decision, reason }: Saying): Result<Found> {
  const signed = setProperty(found.note.text, 'signature', signature);
  const text = signed.ok && reason !== '' ? setProperty(signed.value, 'reason', reason) : signed;
  if (!text.ok) return text;
  const replaced = vault.replace(found.path, found.note.sha256, text.value);
  if (!replaced.ok) return replaced;
  if (replaced.value === 'changed') {
    return fail('retryable', `${found.path} was changed meanwhile, so nothing was decided.`, 'Try again.');
  }
  const home = decision === 'approved' ? FOLDERS.approved : FOLDERS.rejected;
  if (found.path.startsWith(`${home}/`)) return ok(found);
  const moved = vault.move(found.path, `${home}/${found.path.split('/').at(-1) ?? found.path}`);
  return moved.ok ? ok({ ...found, path: moved.value ?? found.path }) : moved;
}
