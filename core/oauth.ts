import { z } from 'zod';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;
const oneLine = (longest: number): z.ZodString =>
  z
    .string()
    .min(1)
    .max(longest)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'one line');

/** Where access tokens come from (RFC 6749, section 6): by a refresh token, which is a secret. */
export const OAuth = z.strictObject({
  token_url: z
    .url()
    .refine(
      url => url.startsWith('https://') || LOOPBACK.test(new URL(url).hostname),
      'https, or a server on this machine',
    ),
  client_id: oneLine(500),
  scope: oneLine(1000).optional(),
});
export type OAuth = z.infer<typeof OAuth>;
