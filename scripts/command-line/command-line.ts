import type { Command } from 'commander';
import type { Environment } from '../../core/config.ts';

/** What a command does, in the vault that the options and the environment name. Answers with the exit code. */
export type Run = (environment: Environment) => Promise<number> | number;

/**
 * How commands are put on the command line: each with its examples, and with `--vault`. What a command needs is loaded
 * when it is used, so that a short one is not slowed down by all the others.
 */
export type CommandLine = {
  readonly add: (usage: string, description: string, examples: string) => Command;
  readonly addTo: (parent: Command, usage: string, description: string, examples: string) => Command;
  readonly run: (command: Run) => Promise<void>;
};

/** An option that may be given more than once. */
export const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
