import { z } from 'zod';
import { cardsIn, fetchedAccounts, keysOn, peopleIn, readAddressBooks } from '../../core/address-book.ts';
import type { ConfigFile } from '../../core/config.ts';
import type { StateFolder } from '../../core/state-folder.ts';

/** A far place that Steward works with: what it is called in the settings, and what it is about. */
export type ChannelTold = { readonly name: string; readonly about: string };

const Part = z
  .looseObject({ address: z.unknown(), from: z.unknown(), user: z.unknown(), accounts: z.unknown() })
  .partial();

/** What is configured of watchers and action servers, each with its accounts; reads only, and asks nobody. */
export function channelsOf({ watchers, servers }: ConfigFile, state: StateFolder): readonly ChannelTold[] {
  const named = (part: unknown): readonly string[] => {
    const read = Part.safeParse(part);
    if (!read.success) return [];
    const accounts = z.record(z.string(), z.unknown()).safeParse(read.data.accounts);
    if (accounts.success) return Object.values(accounts.data).flatMap(named);
    const { address, from, user } = read.data;
    return [address, from, user].filter(one => typeof one === 'string').slice(0, 1);
  };
  return [
    ...Object.entries(watchers).map(([name, part]) => ({
      name,
      about: name === 'contacts' ? contactsTold(state) : `reads ${named(part).join(', ') || 'as it is set'}`,
    })),
    ...Object.entries(servers).flatMap(([name, part]) => {
      const whose = named(part).join(', ');
      return whose === '' ? [] : [{ name, about: `works as ${whose}` }];
    }),
  ];
}

function contactsTold(state: StateFolder): string {
  const people = cardsIn(state).filter(card => keysOn(card).length > 0).length;
  const isFetched = fetchedAccounts(state).some(
    ({ account }) => readAddressBooks(state, account)?.looked !== undefined,
  );
  if (!isFetched) return 'not fetched yet';
  return peopleIn(people);
}
