/** The most that a reading tool may tell at once, in bytes of UTF-8. */
export const LONGEST_READING = 200_000;
/** Milliseconds that a reading tool may take. */
export const LONGEST_READ = 60_000;

/** Room for the sentence that says what was cut. */
const ROOM = 200;

/** The text as far as it fits, in whole characters; where it does not, its last line says how much was left out. */
export function bounded(text: string, most = LONGEST_READING): string {
  const sound = text.toWellFormed();
  const size = Buffer.byteLength(sound);
  if (size <= most) return sound;
  const bytes = Buffer.from(sound).subarray(0, most - ROOM);
  const kept = new TextDecoder().decode(bytes, { stream: true });
  return `${kept}\n\n[Cut by Steward: ${Buffer.byteLength(kept)} of ${size} bytes are shown.]`;
}
