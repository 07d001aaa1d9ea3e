import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import type { Shape } from './shape.ts';
import { zshScript } from './zsh.ts';

/** What makes the script for each shell that completes. */
export const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } satisfies Record<
  string,
  (shapes: readonly Shape[]) => string
>;
export type Shell = keyof typeof SCRIPTS;
export const SHELLS: readonly string[] = Object.keys(SCRIPTS);
export const isShell = (name: string): name is Shell => name in SCRIPTS;
