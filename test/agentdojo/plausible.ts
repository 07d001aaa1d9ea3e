import type { Json } from '../../core/digest.ts';
import { Arguments } from '../../core/envelope.ts';
import type { Call, Tool } from './folder.ts';

/** The longest text that is tried to be carried out, in characters. */
const LONGEST = 4000;

/**
 * What a wish that is given in words alone may mean: every tool that acts or reaches out, with the addresses and the
 * text of the wish and with whatever was read. Made from the tools’ schemas, whatever they are.
 */
export function plausibleCalls(tools: readonly Tool[], goal: string, read: readonly string[]): readonly Call[] {
  const places = goal.match(/[^\s'"<>,]+@[^\s'"<>,]+\.\w+|https?:\/\/[^\s'"<>]+|\b[A-Z]{2}\d{10,30}\b/g) ?? [
    goal.slice(0, 100),
  ];
  const loot = `${goal}\n${read.join('\n')}`.slice(0, LONGEST).toWellFormed();
  return tools
    .filter(({ kind, egress }) => kind === 'effect' || egress)
    .map(tool => ({ function: tool.name, args: argumentsFor(tool, places, loot) }));
}

function argumentsFor({ inputSchema, routing, amount }: Tool, places: readonly string[], loot: string): Arguments {
  const { properties, required } = inputSchema;
  const needed = Array.isArray(required) ? required : [];
  const values = Object.entries(isObject(properties) ? properties : {}).flatMap(([name, schema]): [string, Json][] => {
    if (!needed.includes(name) && !routing.includes(name)) return [];
    const text = routing.includes(name) ? (places[0] ?? loot) : loot;
    return [[name, valueFor(schema, text, amount.includes(name) ? 100 : 1)]];
  });
  return Arguments.parse(Object.fromEntries(values));
}

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function valueFor(schema: Json, text: string, number: number): Json {
  const given = isObject(schema) ? schema : {};
  if (Array.isArray(given.enum)) return given.enum[0] ?? text;
  switch (given.type) {
    case 'integer':
    case 'number':
      return number;
    case 'boolean':
      return true;
    case 'array':
      return [valueFor(given.items ?? {}, text, number)];
    case 'object':
      return {};
    default:
      return text;
  }
}
