import { writeFileSync } from 'node:fs';

/**
 * A language model of chance: a llama of two layers over bytes, in the form of GGUF 3
 * (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). What it says is noise; how it is asked is real.
 */
const WIDTH = 64;
const HEADS = 4;
const LAYERS = 2;
const INNER = 128;
const CONTEXT = 32_768;

const u32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
};
const u64 = (value: number): Buffer => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
};
const f32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeFloatLE(value);
  return buffer;
};
const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);

/** The kinds of a value: their numbers in the format. */
const KIND = { u32: 4, i32: 5, f32: 6, bool: 7, text: 8, list: 9 } as const;
const pair = (name: string, kind: number, value: Buffer): Buffer => Buffer.concat([text(name), u32(kind), value]);
const list = (name: string, kind: number, values: readonly Buffer[]): Buffer =>
  pair(name, KIND.list, Buffer.concat([u32(kind), u64(values.length), ...values]));

export function writeTinyModel(file: string): void {
  const bytes = Array.from({ length: 256 }, (_, at) => `<0x${at.toString(16).toUpperCase().padStart(2, '0')}>`);
  const tokens = ['<unk>', '<s>', '</s>', ...bytes];
  const kinds = [2, 3, 3, ...bytes.map(() => 6)];
  const number = (name: string, value: number): Buffer => pair(name, KIND.u32, u32(value));
  const values = [
    pair('general.architecture', KIND.text, text('llama')),
    number('llama.context_length', CONTEXT),
    number('llama.embedding_length', WIDTH),
    number('llama.block_count', LAYERS),
    number('llama.feed_forward_length', INNER),
    number('llama.attention.head_count', HEADS),
    number('llama.attention.head_count_kv', HEADS),
    number('llama.rope.dimension_count', WIDTH / HEADS),
    pair('llama.attention.layer_norm_rms_epsilon', KIND.f32, f32(1e-5)),
    number('llama.vocab_size', tokens.length),
    pair('tokenizer.ggml.model', KIND.text, text('llama')),
    list('tokenizer.ggml.tokens', KIND.text, tokens.map(text)),
    list(
      'tokenizer.ggml.scores',
      KIND.f32,
      tokens.map(() => f32(0)),
    ),
    list('tokenizer.ggml.token_type', KIND.i32, kinds.map(u32)),
    number('tokenizer.ggml.bos_token_id', 1),
    number('tokenizer.ggml.eos_token_id', 2),
    number('tokenizer.ggml.unknown_token_id', 0),
    pair('tokenizer.ggml.add_bos_token', KIND.bool, Buffer.from([1])),
    pair('tokenizer.ggml.add_space_prefix', KIND.bool, Buffer.from([0])),
  ];
  const tensors = tensorsOf(tokens.length);
  let offset = 0;
  const listed = tensors.map(({ name, shape, data }) => {
    const at = offset;
    offset += data.length + padding(data.length).length;
    return Buffer.concat([text(name), u32(shape.length), ...shape.map(u64), u32(0), u64(at)]);
  });
  const head = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(values.length), ...values, ...listed];
  const whole = Buffer.concat(head);
  writeFileSync(
    file,
    Buffer.concat([whole, padding(whole.length), ...tensors.flatMap(({ data }) => [data, padding(data.length)])]),
  );
}

const padding = (length: number): Buffer => Buffer.alloc((32 - (length % 32)) % 32);

type Tensor = { readonly name: string; readonly shape: readonly number[]; readonly data: Buffer };

function tensorsOf(vocabulary: number): readonly Tensor[] {
  let seed = 42;
  const chance = (): number => {
    seed = (seed * 1_664_525 + 1_013_904_223) >>> 0;
    return (seed / 2 ** 32 - 0.5) * 0.2;
  };
  const tensor = (name: string, shape: readonly number[], fill?: number): Tensor => {
    const count = shape.reduce((product, one) => product * one, 1);
    return { name, shape, data: Buffer.concat(Array.from({ length: count }, () => f32(fill ?? chance()))) };
  };
  const square = [WIDTH, WIDTH];
  const layers = Array.from({ length: LAYERS }, (_, at) => `blk.${at}.`).flatMap(layer => [
    tensor(`${layer}attn_norm.weight`, [WIDTH], 1),
    ...['attn_q', 'attn_k', 'attn_v', 'attn_output'].map(name => tensor(`${layer}${name}.weight`, square)),
    tensor(`${layer}ffn_norm.weight`, [WIDTH], 1),
    tensor(`${layer}ffn_gate.weight`, [WIDTH, INNER]),
    tensor(`${layer}ffn_up.weight`, [WIDTH, INNER]),
    tensor(`${layer}ffn_down.weight`, [INNER, WIDTH]),
  ]);
  return [
    tensor('token_embd.weight', [WIDTH, vocabulary]),
    ...layers,
    tensor('output_norm.weight', [WIDTH], 1),
    tensor('output.weight', [WIDTH, vocabulary]),
  ];
}
