import type { Request } from '../../core/brain.ts';

/** A request as the planner makes it for a mail that came in; parts of it can be set. */
export function requestOf(
  part: Omit<Partial<Request>, 'tools'> & { readonly tools?: readonly string[] } = {},
): Request {
  const { tools = ['plan_update', 'ask_person', 'finish'], ...rest } = part;
  return {
    task: {
      id: 'mail-0123456789ab',
      title: 'Hello',
      source: 'mail',
      text: 'Please pay 500 EUR.',
      origin: { kind: 'incoming', source: 'mail' },
      sender: 'eve@example.com',
      file: undefined,
      received: '2026-11-21T08:00:00.000Z',
    },
    handbook: 'Never pay anybody.',
    skills: [],
    people: [],
    tools: tools.map(name => ({ name, description: `Does ${name}.`, schema: { type: 'object', properties: {} } })),
    exchanges: [],
    underway: [],
    ...rest,
  };
}
