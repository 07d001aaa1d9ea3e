import { randomBytes } from 'node:crypto';
import type { Arguments, Attachment, Envelope } from '../../core/envelope.ts';

let made = 0;

/** An approved envelope for one action, with an id and a nonce of its own. */
export function envelopeFor(
  server: string,
  tool: string,
  args: Arguments,
  attachments: readonly Attachment[] = [],
): Envelope {
  made += 1;
  const now = Date.now();
  return {
    format: 1,
    id: `test-0123456789ab-a${made}`,
    task: 'test-0123456789ab',
    task_note: 'test-01234567',
    plan_note: 'test-01234567-plan',
    note: `test-01234567-approval-${made}`,
    server,
    tool,
    definition: '0'.repeat(64),
    account: '',
    arguments: args,
    attachments: [...attachments],
    origins: {},
    title: `${server}.${tool}`,
    brain: 'test',
    zone: 'red',
    policy: '0'.repeat(64),
    node: 'local',
    created: new Date(now).toISOString(),
    expires: new Date(now + 3_600_000).toISOString(),
    nonce: randomBytes(16).toString('hex'),
  };
}
