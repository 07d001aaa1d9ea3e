import { z } from 'zod';
import type { Json } from '../../core/digest.ts';
import type { Vault } from '../../core/vault.ts';
import type { History } from '../execute/history.ts';
import { type Identity, identify } from './contacts.ts';
import type { Known } from './facts.ts';
import { readContacts } from './people.ts';

/** How many of those that were met last a new destination is held against, to tell whether it looks like one. */
const COMPARED = 1000;
/** Settings of an action server under which the person’s own address stands. */
const OWN = ['from', 'user', 'address', 'account', 'number'] as const;

/**
 * What is known of whom: the person’s own addresses from the configuration, those in `Memory/People/`, and those that
 * something went to before with a person’s approval.
 */
export function knownFrom(vault: Vault, servers: Readonly<Record<string, Json>>, history: History): Known {
  const own = ownAddresses(servers);
  const people = readContacts(vault);
  const met = [...history.met.keys()].slice(-COMPARED).map(key => key.slice(key.indexOf(':') + 1));
  const compared = [...[...own, ...people].map(({ key }) => key), ...met];
  return { own, people, met: history.met, compared, payments: history.payments };
}

const Settings = z.record(z.string(), z.unknown());

const owners = new WeakMap<Readonly<Record<string, Json>>, readonly Identity[]>();

/** The settings do not change while they are in use: the same ones give the same list. */
function ownAddresses(servers: Readonly<Record<string, Json>>): readonly Identity[] {
  const before = owners.get(servers);
  if (before !== undefined) return before;
  const own = addressesIn(servers);
  owners.set(servers, own);
  return own;
}

function addressesIn(servers: Readonly<Record<string, Json>>): readonly Identity[] {
  return Object.values(servers)
    .flatMap(one => {
      const settings = Settings.safeParse(one);
      return settings.success ? OWN.map(name => settings.data[name]) : [];
    })
    .filter(value => typeof value === 'string')
    .map(identify)
    .filter(({ kind }) => kind === 'mail' || kind === 'phone');
}
