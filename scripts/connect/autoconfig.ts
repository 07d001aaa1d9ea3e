import { all, type Node, readXml, textOf } from '../../watchers/contacts/xml.ts';
import type { MailServers, Security, Server } from './providers.ts';

/** What a document of Mozilla’s Autoconfiguration says of an address: its servers, and the name to log in with. */
export type Autoconfig = MailServers & { readonly user: string };

const SECURITY: Readonly<Record<string, Security>> = { SSL: 'tls', STARTTLS: 'starttls' };

/**
 * The first IMAP and SMTP server of a document that encrypt; undefined where it names none. What it says is shown to the
 * person before it is used. Its form: https://www.bucksch.org/1/projects/thunderbird/autoconfiguration/config-file-format.html
 */
export function readAutoconfig(text: string, address: string): Autoconfig | undefined {
  const read = readXml(text);
  if (!read.ok || read.value.name !== 'clientconfig') return undefined;
  const servers = (name: string, type: string): readonly Node[] =>
    all(read.value, name).filter(({ attributes }) => attributes.type?.toLowerCase() === type);
  const incoming = servers('incomingserver', 'imap').find(one => serverIn(one, address) !== undefined);
  const outgoing = servers('outgoingserver', 'smtp').find(one => serverIn(one, address) !== undefined);
  const imap = incoming === undefined ? undefined : serverIn(incoming, address);
  const smtp = outgoing === undefined ? undefined : serverIn(outgoing, address);
  if (incoming === undefined || imap === undefined || smtp === undefined) return undefined;
  return { imap, smtp, user: filled(textOf(incoming, 'username'), address) || address };
}

function serverIn(node: Node, address: string): Server | undefined {
  const security = SECURITY[textOf(node, 'sockettype').toUpperCase()];
  const host = filled(textOf(node, 'hostname'), address);
  const port = Number(textOf(node, 'port'));
  const isWhole = security !== undefined && /^[A-Za-z0-9.-]{1,253}$/.test(host) && port >= 1 && port <= 65_535;
  return isWhole && Number.isInteger(port) ? { host, port, security } : undefined;
}

/** A text with the parts of the address put in where it names them. */
function filled(text: string, address: string): string {
  const at = address.lastIndexOf('@');
  const parts: Readonly<Record<string, string>> = {
    '%EMAILADDRESS%': address,
    '%EMAILLOCALPART%': address.slice(0, at),
    '%EMAILDOMAIN%': address.slice(at + 1),
  };
  const whole = text.replace(/%[A-Z]+%/g, name => parts[name] ?? name);
  return /[\p{C}%]/u.test(whole) ? '' : whole;
}
