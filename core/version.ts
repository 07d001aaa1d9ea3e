import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const Package = z.looseObject({ version: z.string(), dependencies: z.looseObject({ node: z.string() }) });
const file = path.join(import.meta.dirname, '..', 'package.json');
const ours = Package.parse(JSON.parse(readFileSync(file, 'utf8')));

/** The version of Steward that runs. */
export const VERSION = ours.version;
/** The version of Node that Steward is made for, and brings. */
export const PINNED_NODE = ours.dependencies.node;
