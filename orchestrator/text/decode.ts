/**
 * Bytes as text: by their mark (UTF-8 or UTF-16), else UTF-8, else Windows-1252, which is what tables from banks and old
 * programs come in. The end may be cut in the middle of a character.
 */
export function decoded(bytes: Uint8Array): string {
  const [one, other] = bytes;
  if (one === 0xff && other === 0xfe) return new TextDecoder('utf-16le').decode(bytes, { stream: true });
  if (one === 0xfe && other === 0xff) return new TextDecoder('utf-16be').decode(bytes, { stream: true });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
