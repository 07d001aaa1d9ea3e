import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const Package = z.looseObject({ version: z.string() });

/** The version of Steward that runs. */
export const VERSION = Package.parse(
  JSON.parse(readFileSync(path.join(import.meta.dirname, '..', 'package.json'), 'utf8')),
).version;
