import { z } from 'zod';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/** Whether an address may be asked with a password: encrypted, or on this machine. */
export function isSafeUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
}

/** `watchers.contacts` of `config.yaml`. */
export const ContactsSettings = z.strictObject({
  /** Where the server is asked: its address alone, or that of the person’s own address books. */
  url: z.string().max(1000).refine(isSafeUrl, 'an address that begins with https://'),
  user: z
    .string()
    .min(1)
    .max(254)
    .regex(/^[^\p{C}:]+$/u, 'one line without a colon'),
  /** Which address books, by their names or addresses; without it all of them. */
  books: z.array(z.string().min(1).max(1000)).min(1).optional(),
  every_minutes: z.int().min(5).max(1440).default(60),
});
export type ContactsSettings = z.infer<typeof ContactsSettings>;

/** The name of the secret that holds the password. */
export const PASSWORD = 'STEWARD_CONTACTS_PASSWORD';
