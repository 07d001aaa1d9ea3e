import type { Credentials } from './settings.ts';

/** One line of what a far end said, short, that cannot hold the password or the token, whatever it echoes. */
export function untold(text: string, { user, password, token }: Credentials): string {
  let clean = text;
  for (const secret of [password, token]) {
    if (secret === undefined || secret === '') continue;
    const sasl = [`\0${user ?? ''}\0${secret}`, `user=${user ?? ''}\x01auth=Bearer ${secret}\x01\x01`];
    for (const form of [secret, ...sasl])
      for (const seen of [form, Buffer.from(form).toString('base64')]) clean = clean.replaceAll(seen, '•••');
  }
  return clean.replace(/\s+/g, ' ').replace(/\p{C}/gu, '').slice(0, 300);
}
