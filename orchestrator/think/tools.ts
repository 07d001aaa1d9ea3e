import { z } from 'zod';
import type { ToolOffer } from '../../core/brain.ts';
import type { Offer } from '../../core/offers.ts';
import { isPlainRead } from '../../core/reach.ts';

/** The tools that every brain has besides its proposals. None of them acts on the world. */
export const PlanUpdate = z.strictObject({
  summary: z.string().max(2000).default(''),
  steps: z
    .array(
      z.strictObject({
        text: z.string().min(1).max(500),
        done: z.boolean().default(false),
        /** The number of the proposal (1 is the first of this task) whose outcome this step shows. */
        action: z.int().min(1).optional(),
      }),
    )
    .max(50),
});
export type PlanUpdate = z.infer<typeof PlanUpdate>;

export const AskPerson = z.strictObject({
  question: z.string().min(1).max(300),
  context: z.string().max(4000).default(''),
  choices: z.array(z.string().min(1).max(120)).max(8).default([]),
});

export const Finish = z.strictObject({
  outcome: z.enum(['done', 'dropped', 'failed']),
  evidence: z.string().min(1).max(2000),
});

const OWN: readonly { readonly name: string; readonly description: string; readonly schema: z.ZodType }[] = [
  {
    name: 'plan_update',
    description: 'Writes the plan note: what is meant to be done, step by step, in words for the person.',
    schema: PlanUpdate,
  },
  {
    name: 'ask_person',
    description: 'Asks the person one thing that you do not know. The answer comes as the result, maybe days later.',
    schema: AskPerson,
  },
  {
    name: 'finish',
    description: 'Ends the task. Say what shows that it is done, or why it is dropped or failed.',
    schema: Finish,
  },
];

/** The name under which an action is proposed. */
export const proposeName = (server: string, tool: string): string => `propose_${server}_${tool}`;

/** The name under which a reading tool is called. */
export const readName = (server: string, tool: string): string => `read_${server}_${tool}`;

/** Every tool a brain is offered: its own, those that only read, and one proposal per action that is configured. */
export function offeredTools(offers: readonly Offer[]): readonly ToolOffer[] {
  const others = offers.map(({ server, tool, title, description, schema, reach }) =>
    isPlainRead(reach)
      ? { name: readName(server, tool), description: `Reads: ${title}. ${description}`, schema }
      : {
          name: proposeName(server, tool),
          description: `Proposes: ${title}. ${description} Nothing happens until the person’s policy allows it or they approve.`,
          schema,
        },
  );
  const own = OWN.map(({ name, description, schema }) => ({
    name,
    description,
    schema: z.toJSONSchema(schema, { io: 'input' }),
  }));
  return [...own, ...others];
}
