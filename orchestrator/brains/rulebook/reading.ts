import type { TaskView } from '../../../core/brain.ts';
import type { Result } from '../../../core/outcome.ts';

/** Values for templates, by name. */
export type Values = ReadonlyMap<string, string>;

/** What a reader made of a task: further values, and lists, for each element of which an action can be proposed. */
export type Reading = { readonly values: Values; readonly lists: Readonly<Record<string, readonly Values[]>> };

/**
 * Reads a task as one kind of thing, or says in a few words why it is none. Pure; what it puts into a value is inert in a
 * note. Bounded by itself: what it is given is whatever somebody dropped.
 */
export type Reader = (task: TaskView, said: string) => Result<Reading>;
