import { z } from 'zod';
import { Address, isOneLine } from './arguments.ts';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/i;

/** `servers.email` of `config.yaml`; null where there is no account, and mail is only drafted. */
export const Settings = z
  .strictObject({
    from: Address.describe('The address that mail is sent from.'),
    name: z.string().min(1).max(100).refine(isOneLine, 'one line').optional(),
    host: z
      .string()
      .max(253)
      .regex(/^[A-Za-z0-9.:-]+$/, 'a host name'),
    port: z.int().min(1).max(65_535).default(587),
    /** `tls` from the start, `starttls` demanded, or `none`, which is only for a server on this machine. */
    security: z.enum(['tls', 'starttls', 'none']).default('starttls'),
    user: z.string().min(1).max(254).refine(isOneLine, 'one line').optional(),
  })
  .refine(({ security, host }) => security !== 'none' || LOOPBACK.test(host), {
    path: ['security'],
    message: '“none” sends mail unencrypted and is only for a server on this machine; use tls or starttls',
  })
  .nullable();
export type Account = NonNullable<z.infer<typeof Settings>>;

/** The name of the secret that holds the account’s password. */
export const PASSWORD = 'STEWARD_EMAIL_PASSWORD';
