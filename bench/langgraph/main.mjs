/**
 * One step of human-in-the-loop in LangGraph.js on SQLite, every checkpoint synced: a graph drafts, waits for a person
 * (`interrupt`), and acts once it is resumed. Prints one line of JSON: tasks and milliseconds.
 *   main.mjs FOLDER TASKS IN_FLIGHT
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Annotation, Command, END, interrupt, START, StateGraph } from '@langchain/langgraph';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';

const [folder = '', tasks = '0', inFlight = '1'] = process.argv.slice(2);
const [inbox, done] = [path.join(folder, 'inbox'), path.join(folder, 'done')];
for (const one of [inbox, done]) mkdirSync(one, { recursive: true });
const saver = SqliteSaver.fromConnString(path.join(folder, 'checkpoints.sqlite'));
saver.db.pragma('journal_mode = WAL');
saver.db.pragma('synchronous = FULL');
const State = Annotation.Root({ name: Annotation(), draft: Annotation(), answer: Annotation(), receipt: Annotation() });
const graph = new StateGraph(State)
  .addNode('plan', ({ name }) => ({ draft: `Move ${name} to the accounts` }))
  .addNode('ask', ({ draft }) => ({ answer: interrupt({ draft }) }))
  .addNode('act', ({ name, answer }) => {
    if (answer === 'yes') renameSync(path.join(inbox, name), path.join(done, name));
    return { receipt: answer };
  })
  .addEdge(START, 'plan')
  .addEdge('plan', 'ask')
  .addEdge('ask', 'act')
  .addEdge('act', END)
  .compile({ checkpointer: saver });

async function one(index) {
  const name = `invoice-${index}.txt`;
  writeFileSync(path.join(inbox, name), `Invoice ${index}`);
  const config = { configurable: { thread_id: `task-${index}` }, durability: 'sync' };
  await graph.invoke({ name }, config);
  const ended = await graph.invoke(new Command({ resume: 'yes' }), config);
  if (ended.receipt !== 'yes') throw new Error(`task ${index} did not end`);
}

for (let warm = 0; warm < 20; warm += 1) await one(`warm-${warm}`);
const begun = performance.now();
let next = 0;
await Promise.all(
  Array.from({ length: Number(inFlight) }, async () => {
    for (let index = next++; index < Number(tasks); index = next++) await one(index);
  }),
);
process.stdout.write(`${JSON.stringify({ tasks: Number(tasks), ms: performance.now() - begun })}\n`);
