import { homedir } from 'node:os';
import path from 'node:path';
import type { AllowedKey } from '../../core/allowed-signers.ts';
import { lstatOf } from '../../core/durable.ts';
import { actionName, type Envelope } from '../../core/envelope.ts';
import { visibleJson } from '../../core/inert.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import {
  DECISION_NAMESPACE,
  decisionText,
  readSshSignature,
  type SignedDecision,
  type SshSignature,
} from '../../core/signed-decision.ts';
import { fingerprintOf } from '../../core/ssh-key.ts';
import { signText } from '../../core/ssh-keygen.ts';
import { readKeyFile } from './key.ts';

/** What ssh-keygen calls the keys that it makes; those in hardware first. */
const USUAL = ['id_ed25519_sk', 'id_ecdsa_sk', 'id_ed25519', 'id_ecdsa', 'id_rsa'] as const;

/**
 * Signs a decision with a key of the person’s: the one that is named, else the first usual one in `~/.ssh` that may
 * sign. What is signed is shown first. `allowed` is undefined where this computer does not know whose signatures count.
 */
export function signDecision(
  envelope: Envelope,
  decision: SignedDecision,
  named: string | undefined,
  allowed: readonly AllowedKey[] | undefined,
): Result<SshSignature> {
  const key = named === undefined ? usualKey(allowed) : namedKey(named);
  if (!key.ok) return key;
  tellWhatIsSigned(envelope, decision);
  const signed = signText(decisionText(decision), DECISION_NAMESPACE, key.value);
  if (!signed.ok) return signed;
  const read = readSshSignature(signed.value);
  if (!read.ok || allowed === undefined || allowed.some(({ blob }) => blob === read.value.key)) return read;
  return fail(
    'denied',
    `What ${fingerprintOf(read.value.key)} signs does not count here, so nothing was decided.`,
    'Allow it first:  steward key allow FILE.pub',
  );
}

function namedKey(named: string): Result<string> {
  const key = path.resolve(named);
  return lstatOf(key) === undefined ? fail('invalid', `There is no key at ${key}.`) : ok(key);
}

function usualKey(allowed: readonly AllowedKey[] | undefined): Result<string> {
  for (const name of USUAL) {
    const file = path.join(homedir(), '.ssh', `${name}.pub`);
    const key = lstatOf(file) === undefined ? undefined : readKeyFile(file);
    if (!key?.ok) continue;
    if (allowed === undefined || allowed.some(({ blob }) => blob === key.value.blob)) return ok(file);
  }
  const which = allowed === undefined ? '' : ' that is allowed here';
  return fail(
    'invalid',
    `There is no key${which} in ~/.ssh, so nothing was signed.`,
    'Name one with --key FILE, or make one with  ssh-keygen -t ed25519-sk  (with a token) or  ssh-keygen -t ed25519',
  );
}

/** Shows, at the terminal, what a signature would be for: whoever signs sees the values and not only a name. */
function tellWhatIsSigned(envelope: Envelope, decision: SignedDecision): void {
  const values = Object.entries(envelope.arguments).map(([name, value]) => `  ${name}: ${visibleJson(value)}`);
  const files = envelope.attachments.map(file => `  file: ${visibleJson(file.path)} sha256 ${file.sha256}`);
  const title = `${decision.decision}: ${visibleJson(envelope.title)}`;
  const lines = [title, `  ${actionName(envelope)}`, ...values, ...files, `  digest ${decision.digest}`];
  process.stderr.write(`You sign\n${lines.join('\n')}\n`);
}
