import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ensureFolder, lstatOf, overwriteFile } from '../../core/durable.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { fingerprintOf } from '../../core/ssh-key.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { RemotePlace } from '../../orchestrator/sync/remote-place.ts';

type SshPlace = Extract<RemotePlace, { kind: 'ssh' }>;
/** A key of a host, as it stands in known_hosts(5): `host type blob`. */
export type HostKey = { readonly type: string; readonly blob: string };

/** Seconds for the host to answer. */
const PATIENCE = 10;

/** How a host is named in known_hosts(5). */
const hostName = ({ host, port }: Pick<SshPlace, 'host' | 'port'>): string =>
  port === undefined || port === 22 ? host : `[${host}]:${port}`;

/** The keys that a host shows now. Whether they are its own is not known by that. */
function scanHost(place: SshPlace): Result<readonly HostKey[]> {
  const port = place.port === undefined ? [] : ['-p', String(place.port)];
  const said = spawnSync('ssh-keyscan', ['-T', String(PATIENCE), ...port, '--', place.host], {
    ...{ encoding: 'utf8', timeout: (PATIENCE + 5) * 1000 },
  });
  const keys = (said.stdout ?? '').split('\n').flatMap(line => {
    const [, type = '', blob = ''] = /^[^#\s]\S* (\S+) (\S+)$/.exec(line.trim()) ?? [];
    return type === '' ? [] : [{ type, blob }];
  });
  if (keys.length > 0) return ok(keys);
  return fail('retryable', `${place.host} cannot be reached by SSH.`, 'Is the address right, and the computer on?');
}

/** Which of a host’s keys the person has met and accepted before, by their own known_hosts. */
function knownToPerson(place: SshPlace, keys: readonly HostKey[]): readonly HostKey[] {
  const said = spawnSync('ssh-keygen', ['-F', hostName(place)], { encoding: 'utf8', timeout: 10_000 });
  return keys.filter(({ type, blob }) =>
    (said.stdout ?? '').split('\n').some(line => line.includes(` ${type} ${blob}`)),
  );
}

/**
 * The host’s keys that may be trusted: those whose fingerprint the person named, or who they know already. Otherwise the
 * failure shows the fingerprints and says how to go on.
 */
export function trustedKeys(place: SshPlace, named: string | undefined, again: string): Result<readonly HostKey[]> {
  const scanned = scanHost(place);
  if (!scanned.ok) return scanned;
  const prints = scanned.value.map(key => `${fingerprintOf(key.blob)} (${key.type})`).join(', ');
  if (named === undefined) {
    const known = knownToPerson(place, scanned.value);
    if (known.length > 0) return ok(known);
    const mend = `Compare it with what the host says itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), then:  ${again} --host-key SHA256:…`;
    return fail('denied', `${place.host} is not known yet. It shows ${prints}.`, mend);
  }
  const chosen = scanned.value.filter(({ blob }) => fingerprintOf(blob) === named.trim());
  if (chosen.length > 0) return ok(chosen);
  return fail('denied', `${place.host} has no key ${named}: it shows ${prints}. Nothing was sent to it.`);
}

const fileOf = ({ root }: Pick<StateFolder, 'root'>): string => path.join(root, 'sync', 'known_hosts');

/** Pins the keys of a host for this vault: from then on the node speaks to no other. */
export function pinHost(state: Pick<StateFolder, 'root' | 'tmp'>, place: SshPlace, keys: readonly HostKey[]): string {
  const file = fileOf(state);
  ensureFolder(path.dirname(file));
  const before = lstatOf(file) === undefined ? [] : readFileSync(file, 'utf8').split('\n');
  const others = before.filter(line => line !== '' && !line.startsWith(`${hostName(place)} `));
  const lines = keys.map(({ type, blob }) => `${hostName(place)} ${type} ${blob}`);
  overwriteFile(state.tmp, file, `${[...others, ...lines].join('\n')}\n`);
  return file;
}
