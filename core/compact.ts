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
/** Exchanges that are cleared or left out together, since what comes behind is no longer in a cache then. */
const STEP = 8;
/** The share of the room that the last exchanges have, and the one for the lines of what was left out. */
const LAST_SHARE = 0.65;
const LINES_SHARE = 0.2;
/** Characters that a text is cut to at least. */
const LEAST = 200;

/** Room that an exchange takes, in characters: whole, and with its results cleared. */
type Size = { readonly whole: number; readonly cleared: number };

/** An exchange that is shown is complete and changes no more: it is weighed once. */
const weighed = new WeakMap<Exchange, Size>();

function sizeOf(exchange: Exchange): Size {
  const known = weighed.get(exchange);
  if (known !== undefined) return known;
  const { turn, results } = exchange;
  const said =
    turn.say.length + turn.calls.reduce((sum, call) => sum + call.tool.length + JSON.stringify(call.input).length, 0);
  const size = {
    whole: said + results.reduce((sum, { text }) => sum + text.length, 0),
    cleared: said + results.reduce((sum, { text }) => sum + clearedText(text).length, 0),
  };
  weighed.set(exchange, size);
  return size;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const wholeOf = (exchanges: readonly Exchange[]): number => sum(exchanges.map(one => sizeOf(one).whole));

/**
 * Keeps the exchanges within `room` characters: first the results of old calls are cleared, then old exchanges become a
 * line a call. The last few stay as they are where they fit, and otherwise with their long texts cut.
 */
export function compact(exchanges: readonly Exchange[], room: number): Compacted {
  if (wholeOf(exchanges) <= room) return { earlier: [], exchanges };
  const most = Math.max(0, Math.floor((exchanges.length - KEPT) / STEP) * STEP);
  const front = exchanges.slice(0, most);
  const last = within(exchanges.slice(most), room * LAST_SHARE);
  const left = room * (1 - LAST_SHARE);
  let size = wholeOf(front);
  for (let upTo = 0; upTo <= most; upTo += STEP) {
    if (size <= left)
      return { earlier: [], exchanges: [...front.slice(0, upTo).map(clear), ...front.slice(upTo), ...last] };
    for (const one of front.slice(upTo, upTo + STEP)) size -= sizeOf(one).whole - sizeOf(one).cleared;
  }
  // The lines have their room from the start, so that it does not matter how many there are.
  size = sum(front.map(one => sizeOf(one).cleared));
  let upTo = 0;
  while (upTo < most && size > left - room * LINES_SHARE) {
    for (const one of front.slice(upTo, upTo + STEP)) size -= sizeOf(one).cleared;
    upTo += STEP;
  }
  const earlier = latest(front.slice(0, upTo).flatMap(linesOf), room * LINES_SHARE);
  return { earlier, exchanges: [...front.slice(upTo).map(clear), ...last] };
}

/** The same exchanges with their longest texts cut as far as it takes. */
function within(exchanges: readonly Exchange[], room: number): readonly Exchange[] {
  let kept = exchanges;
  for (let most = room / 2; most >= LEAST && wholeOf(kept) > room; most /= 2) {
    const length = Math.floor(most);
    kept = exchanges.map(exchange => cut(exchange, length));
  }
  return kept;
}

/** The last lines within so many characters. */
function latest(all: readonly string[], most: number): readonly string[] {
  let from = all.length;
  for (let size = 0; from > 0; from -= 1) {
    size += (all[from - 1]?.length ?? 0) + 1;
    if (size > most) break;
  }
  return from === 0 ? all : [`[${from} lines before these are left out]`, ...all.slice(from)];
}

/** The same exchange, with no words, arguments or result longer than a share of the room. */
function cut({ turn, results }: Exchange, most: number): Exchange {
  const shortened = (text: string): string =>
    text.length <= most ? text : `${text.slice(0, most).toWellFormed()}\n[cut: ${text.length - most} more characters]`;
  const calls = turn.calls.map(call => {
    const json = JSON.stringify(call.input);
    return json.length <= most ? call : { ...call, input: { cut: shortened(json) } };
  });
  return {
    turn: { ...turn, say: shortened(turn.say), calls },
    results: results.map(result => ({ ...result, text: shortened(result.text) })),
  };
}

/** The same exchange without what its calls gave. Calls that write the plan stay: they are the thread of the task. */
function clear({ turn, results }: Exchange): Exchange {
  return { turn, results: results.map(result => ({ ...result, text: clearedText(result.text) })) };
}

const clearedText = (text: string): string =>
  text.length <= 200 ? text : `[${text.length} characters, cleared to make room: call again if you need them]`;

const told = new WeakMap<Exchange, readonly string[]>();

function linesOf(exchange: Exchange): readonly string[] {
  const known = told.get(exchange) ?? lines(exchange);
  told.set(exchange, known);
  return known;
}

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
