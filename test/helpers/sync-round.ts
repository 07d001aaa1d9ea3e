/** One round of a node in a process of its own, to be killed in it: `sync-round.ts BASE NAME REMOTE GIT`. */
import { SyncNode } from './sync.ts';

const [base = '', name = '', remote = '', program = ''] = process.argv.slice(2);
const node = new SyncNode(base, name, remote, { program });
await node.round();
node.sync.close();
