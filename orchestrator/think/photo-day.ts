import path from 'node:path';
import exifr from 'exifr';
import { z } from 'zod';
import { readStart } from '../../core/durable.ts';
import type { Vault } from '../../core/vault.ts';

/** Bytes from its beginning in which a photo is looked through for its day. */
const LONGEST = 512 * 1024;

/** EXIF 2.32, 4.6.5: `YYYY:MM:DD HH:MM:SS`, as the camera’s own clock showed it. */
const Taken = z.object({ DateTimeOriginal: z.string().optional(), CreateDate: z.string().optional() });

/** The day on which a photo was taken, as `YYYY-MM-DD`; undefined where it does not say so, or says what cannot be. */
export async function photoDay(vault: Vault, file: string): Promise<string | undefined> {
  if (!/\.(jpe?g|heic|heif|tiff?|png|avif)$/i.test(file)) return undefined;
  const resolved = path.isAbsolute(file) ? file : vault.resolve(file);
  if (typeof resolved !== 'string' && !resolved.ok) return undefined;
  try {
    const bytes = readStart(typeof resolved === 'string' ? resolved : resolved.value, LONGEST);
    const found: unknown = await exifr.parse(bytes, {
      ...{ pick: ['DateTimeOriginal', 'CreateDate'], reviveValues: false, translateValues: false },
      ...{ xmp: false, icc: false, iptc: false, jfif: false, gps: false, interop: false, ifd1: false },
    });
    const taken = Taken.safeParse(found);
    if (!taken.success) return undefined;
    const [, year, month, day] =
      /^((?:19|20)\d\d):(\d\d):(\d\d)/.exec(taken.data.DateTimeOriginal ?? taken.data.CreateDate ?? '') ?? [];
    const told = `${year}-${month}-${day}`;
    const date = new Date(`${told}T00:00:00Z`);
    return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(told) ? told : undefined;
  } catch {
    // A picture that cannot be read is filed by its name.
    return undefined;
  }
}
