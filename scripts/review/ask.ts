import { setTimeout as wait } from 'node:timers/promises';
import { isCancel, selectKey, text } from '@clack/prompts';
import { terminalLine } from '../../core/inert.ts';

/** One key and what it does. */
export type Key = { readonly value: string; readonly label: string };
/** Milliseconds in which what was typed before the question is thrown away. */
const STALE = 60;

/**
 * Asks for one key. Enter alone means the first, which is to do nothing; Ctrl-C and Escape mean `undefined`. What was
 * typed before the question stood there is no answer to it.
 */
export async function askKey(message: string, keys: readonly Key[]): Promise<string | undefined> {
  await forgetTyped();
  const options = keys.map(({ value, label }) => ({ value, label: terminalLine(label) }));
  const said: unknown = await selectKey({ message: terminalLine(message), options, withGuide: false });
  if (isCancel(said)) return undefined;
  return (keys.find(({ value }) => value === said) ?? keys[0])?.value;
}

/** Asks for one line; `undefined` where it was broken off. */
export async function askLine(message: string, before = '', placeholder = ''): Promise<string | undefined> {
  await forgetTyped();
  const said: unknown = await text({ message, initialValue: before, placeholder, withGuide: false });
  if (isCancel(said)) return undefined;
  return typeof said === 'string' ? said : '';
}

async function forgetTyped(): Promise<void> {
  const { stdin } = process;
  stdin.setRawMode?.(true);
  stdin.resume();
  await wait(STALE);
  stdin.pause();
  stdin.setRawMode?.(false);
}
