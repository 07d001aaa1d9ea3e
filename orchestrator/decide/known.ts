import { z } from 'zod';
import { comparedKeys } from '../../core/acquaintance.ts';
import type { ConfigFile } from '../../core/config.ts';
import { identify, keyOf } from '../../core/contacts.ts';
import { peopleKnownTo } from '../../core/known-people.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { Vault } from '../../core/vault.ts';
import type { History } from '../execute/history.ts';
import type { Known } from './facts.ts';

/** How many of those that were met last a new destination is held against, to tell whether it looks like one. */
const COMPARED = 1000;
/** Settings of an action server or a watcher, or of one of its accounts, under which the person’s own address stands. */
const OWN = ['from', 'user', 'address', 'account', 'number'] as const;

/**
 * What is known of whom: the person’s own addresses from the configuration, those whom the person knows, and those that
 * something went to before with a person’s approval.
 */
export function knownFrom(vault: Vault, state: StateFolder, config: Accounts, history: History): Known {
  const own = ownAddresses(config);
  const people = peopleKnownTo(vault, state);
  const met = [...history.met.keys()].slice(-COMPARED).map(key => key.slice(key.indexOf(':') + 1));
  return {
    ...{ own, people, met: history.met, payments: history.payments },
    compared: [...comparedKeys({ own, people }), ...met],
  };
}

/** The parts of the configuration that hold accounts. */
type Accounts = Pick<ConfigFile, 'servers' | 'watchers'>;
const Settings = z.record(z.string(), z.unknown());

const owners = new WeakMap<Accounts, ReadonlySet<string>>();

/** The settings do not change while they are in use: the same ones give the same list. */
function ownAddresses(config: Accounts): ReadonlySet<string> {
  const before = owners.get(config);
  if (before !== undefined) return before;
  const own = addressesIn(config);
  owners.set(config, own);
  return own;
}

function addressesIn({ servers, watchers }: Accounts): ReadonlySet<string> {
  const parts = [...Object.values(servers), ...Object.values(watchers)].flatMap(part => {
    const { accounts, ...settings } = settingsIn(part);
    return [settings, ...Object.values(settingsIn(accounts)).map(settingsIn)];
  });
  const values = parts.flatMap(settings => OWN.map(name => settings[name])).filter(value => typeof value === 'string');
  const own = values.map(identify).filter(({ kind }) => kind === 'mail' || kind === 'phone');
  return new Set(own.map(keyOf));
}

const settingsIn = (part: unknown): z.infer<typeof Settings> => Settings.safeParse(part).data ?? {};
