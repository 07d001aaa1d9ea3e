import { generateKeyPairSync } from 'node:crypto';
import { META } from '../../core/action-server.ts';
import { sha256 } from '../../core/digest.ts';
import type { Arguments, Envelope } from '../../core/envelope.ts';
import { type Grant, grantClock, signGrant } from '../../core/grant.ts';
import type { RunningServer, Told } from './action-server.ts';

/** What somebody has at hand who can call an action server, and has seen a grant for something else. */
export type GrantHand = {
  readonly running: RunningServer;
  readonly tool: string;
  readonly args: Arguments;
  /** An approved envelope for the call, and one for the same call again under another id. */
  readonly envelope: Envelope;
  readonly other: Envelope;
  readonly otherTool: string;
};
type Forgery = { readonly why: RegExp; readonly call: (hand: GrantHand) => Promise<Told> };

const OTHER_CALL = /other arguments or another tool/;
const NO_ENVELOPE = /need an approved envelope/;
const NO_GRANT = /no grant for this/;
const OTHER_ACTION = /for another action/;
const UNSIGNED = /not signed by the executor/;
const LATE = /has expired/;

const STRANGER = generateKeyPairSync('ed25519').privateKey;

/** A call as it stands, with a grant of the executor’s changed afterwards. */
const withGrant =
  (change: (grant: Grant, hand: GrantHand) => unknown): Forgery['call'] =>
  hand =>
    hand.running.perform(hand.envelope, change(hand.running.grant(hand.envelope), hand));
/** The call with an envelope that differs from what it does, rightly granted by the executor. */
const grantedFor =
  (change: (envelope: Envelope, hand: GrantHand) => Envelope): Forgery['call'] =>
  hand => {
    const bent = change(hand.envelope, hand);
    return send(hand, bent, hand.running.grant(bent));
  };
/** The envelope changed after it was granted. */
const changedAfter =
  (change: (envelope: Envelope, hand: GrantHand) => unknown): Forgery['call'] =>
  hand =>
    send(hand, change(hand.envelope, hand), hand.running.grant(hand.envelope));
const at =
  (when: (hand: GrantHand) => number): Forgery['call'] =>
  hand =>
    hand.running.perform(hand.envelope, hand.running.grant(hand.envelope, when(hand)));

const send = ({ running, tool, args }: GrantHand, envelope: unknown, grant: unknown): Promise<Told> =>
  running.call(tool, args, { [META.envelope]: envelope, [META.grant]: grant });

/** Every call here must be refused by every action server, whatever it does. */
export const GRANT_FORGERIES: Readonly<Record<string, Forgery>> = {
  'no envelope and no grant': { why: NO_ENVELOPE, call: ({ running, tool, args }) => running.call(tool, args) },
  'a grant without its envelope': {
    why: NO_ENVELOPE,
    call: hand => hand.running.call(hand.tool, hand.args, { [META.grant]: hand.running.grant(hand.envelope) }),
  },
  'an envelope alone': { why: NO_GRANT, call: withGrant(() => null) },
  'an envelope that is text': {
    why: NO_ENVELOPE,
    call: hand => send(hand, JSON.stringify(hand.envelope), hand.running.grant(hand.envelope)),
  },
  'an envelope with keys of its own': { why: NO_ENVELOPE, call: changedAfter(one => ({ ...one, approved: true })) },
  'an envelope with a key that programs drop': {
    why: /not approved|need an approved envelope/,
    call: changedAfter(one => JSON.parse(`{"__proto__":{"zone":"green"},${JSON.stringify(one).slice(1)}`)),
  },
  'an envelope without its nonce': { why: NO_ENVELOPE, call: changedAfter(({ nonce: _, ...rest }) => rest) },
  'a grant that is text': { why: NO_GRANT, call: withGrant(() => 'yes') },
  'a grant that is true': { why: NO_GRANT, call: withGrant(() => true) },
  'a grant with keys of its own': { why: NO_GRANT, call: withGrant(grant => ({ ...grant, forever: true })) },
  'a grant without a signature': { why: NO_GRANT, call: withGrant(({ signature: _, ...rest }) => rest) },
  'a grant with an empty signature': { why: UNSIGNED, call: withGrant(grant => ({ ...grant, signature: '' })) },
  'a grant cut short': {
    why: UNSIGNED,
    call: withGrant(grant => ({ ...grant, signature: grant.signature.slice(0, -4) })),
  },
  'a grant by a stranger': {
    why: UNSIGNED,
    call: hand => hand.running.perform(hand.envelope, signGrant(STRANGER, hand.envelope, 1, grantClock())),
  },
  'a grant that names the executor’s words and a stranger’s signature': {
    why: UNSIGNED,
    call: withGrant((grant, { envelope }) => ({
      ...grant,
      signature: signGrant(STRANGER, envelope, 1, grant.issued).signature,
    })),
  },
  'the signature of a grant for another action': {
    why: UNSIGNED,
    call: withGrant((grant, { running, other }) => ({ ...grant, signature: running.grant(other).signature })),
  },
  'a grant for another action': {
    why: OTHER_ACTION,
    call: hand => send(hand, hand.envelope, hand.running.grant(hand.other)),
  },
  'a grant with another id': { why: OTHER_ACTION, call: withGrant((grant, { other }) => ({ ...grant, id: other.id })) },
  'a grant with another digest': { why: OTHER_ACTION, call: withGrant(grant => ({ ...grant, digest: sha256('') })) },
  'a grant for another attempt': { why: UNSIGNED, call: withGrant(grant => ({ ...grant, attempt: 2 })) },
  'a grant for no attempt': { why: NO_GRANT, call: withGrant(grant => ({ ...grant, attempt: 0 })) },
  'a grant made longer': { why: UNSIGNED, call: withGrant(grant => ({ ...grant, expires: grant.expires + 1 })) },
  'a grant made younger': { why: UNSIGNED, call: withGrant(grant => ({ ...grant, issued: grant.issued + 1 })) },
  'a grant that has lapsed': { why: LATE, call: at(() => grantClock() - 31_000) },
  'a grant that is issued in the future': { why: LATE, call: at(() => grantClock() + 3_600_000) },
  'a grant from before the server started': {
    why: /before this server started|has expired/,
    call: at(({ running }) => running.started - 1),
  },
  'another server': { why: OTHER_CALL, call: grantedFor(one => ({ ...one, server: `${one.server}x` })) },
  'another tool': { why: OTHER_CALL, call: grantedFor((one, { otherTool }) => ({ ...one, tool: otherTool })) },
  'arguments left out': { why: OTHER_CALL, call: grantedFor(one => ({ ...one, arguments: {} })) },
  'one argument more': {
    why: OTHER_CALL,
    call: grantedFor(one => ({ ...one, arguments: { ...one.arguments, extra: 'more' } })),
  },
  'one argument otherwise': {
    why: OTHER_CALL,
    call: grantedFor(one => ({
      ...one,
      arguments: Object.fromEntries(Object.entries(one.arguments).map(([key]) => [key, 'x'])),
    })),
  },
  'attachments that are not there': {
    why: /A file has changed since this was approved/,
    call: grantedFor(one => ({
      ...one,
      attachments: [...one.attachments, { path: 'plain.txt', sha256: sha256('x'), size: 1 }],
    })),
  },
  'the title changed after it was granted': { why: OTHER_ACTION, call: changedAfter(one => ({ ...one, title: 'x' })) },
  'the zone changed after it was granted': {
    why: OTHER_ACTION,
    call: changedAfter(one => ({ ...one, zone: 'green' })),
  },
  'the node changed after it was granted': {
    why: OTHER_ACTION,
    call: changedAfter(one => ({ ...one, node: 'cloud' })),
  },
  'the id changed after it was granted': {
    why: OTHER_ACTION,
    call: changedAfter((one, { other }) => ({ ...one, id: other.id })),
  },
  'attachments changed after it was granted': {
    why: OTHER_ACTION,
    call: changedAfter(one => ({ ...one, attachments: [{ path: 'plain.txt', sha256: sha256('x'), size: 1 }] })),
  },
  'the envelope of another node, with that node’s grant': {
    why: UNSIGNED,
    call: hand => {
      const theirs = { ...hand.envelope, node: 'cloud' };
      return send(hand, theirs, signGrant(STRANGER, theirs, 1, grantClock()));
    },
  },
};
