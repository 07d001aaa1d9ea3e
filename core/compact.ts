import type { Exchange, ToolCall, ToolResult } from './brain.ts';

/**
 * Fits a long task into what a model can read at once. Rules are no part of this: they stand in front of every call,
 * whole. Pure and in steps, so that the beginning of what is sent stays the same for many turns and a provider’s
 * prompt cache goes on being used.
 */
export type Compacted = {
  /** What was left out from the front, a line a call; empty while nothing was. */
  readonly earlier: readonly string[];
  readonly exchanges: readonly Exchange[];
};

/** At least so many exchanges are kept: what the model is in the middle of. */
const KEPT = 6;
/** Exchanges that are cleared or left out together. */
const STEP = 8;
/** Lines of what was left out. */
const MOST_LINES = 200;

/** Room that exchanges take, in characters. */
const sizeOf = (exchanges: readonly Exchange[]): number =>
  exchanges.reduce(
    (sum, { turn, results }) =>
      sum +
      turn.say.length +
      turn.calls.reduce((size, call) => size + call.tool.length + JSON.stringify(call.input).length, 0) +
      results.reduce((size, result) => size + result.text.length, 0),
    0,
  );

/**
 * Keeps the exchanges within `room` characters: first the results of old calls are cleared, then old exchanges become a
 * line a call. The last few stay, with very long results cut.
 */
export function compact(exchanges: readonly Exchange[], room: number): Compacted {
  if (sizeOf(exchanges) <= room) return { earlier: [], exchanges };
  const most = Math.max(0, Math.floor((exchanges.length - KEPT) / STEP) * STEP);
  const last = exchanges.slice(most).map(exchange => cut(exchange, Math.floor(room / 4)));
  for (let upTo = STEP; upTo <= most; upTo += STEP) {
    const kept = [...exchanges.slice(0, upTo).map(clear), ...exchanges.slice(upTo, most), ...last];
    if (sizeOf(kept) <= room) return { earlier: [], exchanges: kept };
  }
  for (let upTo = STEP; upTo <= most; upTo += STEP) {
    const earlier = exchanges.slice(0, upTo).flatMap(lines).slice(-MOST_LINES);
    const kept = [...exchanges.slice(upTo, most).map(clear), ...last];
    if (upTo === most || sizeOf(kept) + earlier.join('\n').length <= room) return { earlier, exchanges: kept };
  }
  return { earlier: [], exchanges: last };
}

/** The same exchange, with no result longer than a share of the room. */
function cut({ turn, results }: Exchange, most: number): Exchange {
  const shortened = (text: string): string =>
    text.length <= most ? text : `${text.slice(0, most).toWellFormed()}\n[cut: ${text.length - most} more characters]`;
  return { turn, results: results.map(result => ({ ...result, text: shortened(result.text) })) };
}

/** The same exchange without what its calls gave. Calls that write the plan stay: they are the thread of the task. */
function clear({ turn, results }: Exchange): Exchange {
  return { turn, results: results.map(result => ({ ...result, text: clearedText(result.text) })) };
}

const clearedText = (text: string): string =>
  text.length <= 200 ? text : `[${text.length} characters, cleared to make room: call again if you need them]`;

function lines({ turn, results }: Exchange): string[] {
  return turn.calls.map(call =>
    lineOf(
      call,
      results.find(result => result.call === call.id),
    ),
  );
}

/** One call and what came of it, on a line. */
function lineOf(call: ToolCall, result: ToolResult | undefined): string {
  const given = result === undefined ? 'no answer' : `${result.ok ? '' : 'refused: '}${result.text}`;
  return `${call.tool}(${short(JSON.stringify(call.input), 120)}) → ${short(given, 160)}`;
}

function short(text: string, most: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= most ? line : `${line.slice(0, most - 1).toWellFormed()}…`;
}
