/** Messages that are read out of one file. */
export const MOST_MESSAGES = 200;
const LINE_END = 0x0a;
const RETURN = 0x0d;

/**
 * The messages in a file: one, or those of a mailbox in the form of RFC 4155, where each begins with a line `From `.
 * Such a line counts only at the beginning or below an empty line, and only where a head follows. `more` is true where
 * the file holds more than are given; these are the last ones, which are the newest.
 */
export function messagesIn(bytes: Uint8Array): { readonly messages: readonly Uint8Array[]; readonly more: boolean } {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isBorder(data, 0)) return { messages: [bytes], more: false };
  const starts = [0];
  for (let at = data.indexOf('\nFrom '); at !== -1; at = data.indexOf('\nFrom ', at + 1)) {
    if (isBelowEmpty(data, at) && isBorder(data, at + 1)) starts.push(at + 1);
  }
  const kept = starts.slice(-MOST_MESSAGES);
  const messages = kept.map((start, index) => data.subarray(lineEnd(data, start) + 1, kept[index + 1] ?? data.length));
  return { messages, more: kept.length < starts.length };
}

function isBorder(data: Buffer, at: number): boolean {
  if (data.toString('latin1', at, at + 5) !== 'From ') return false;
  const next = lineEnd(data, at) + 1;
  return /^[!-9;-~]{1,70}:/.test(data.toString('latin1', next, next + 80));
}

function isBelowEmpty(data: Buffer, lineBreak: number): boolean {
  const before = data[lineBreak - 1] === RETURN ? lineBreak - 2 : lineBreak - 1;
  return data[before] === LINE_END;
}

function lineEnd(data: Buffer, from: number): number {
  const at = data.indexOf(LINE_END, from);
  return at === -1 ? data.length : at;
}
