/**
 * What a mail’s head says of leaving its list by one click (RFC 8058): the https addresses of `List-Unsubscribe`
 * (RFC 2369), where `List-Unsubscribe-Post` says that one click is enough; otherwise none.
 */
export function oneClickAddresses(head: string): readonly string[] {
  const post = valuesOf(head, 'list-unsubscribe-post');
  const isOneClick = post.length === 1 && /^List-Unsubscribe=One-Click$/i.test(post[0] ?? '');
  const [ways = '', ...more] = valuesOf(head, 'list-unsubscribe');
  if (!isOneClick || more.length > 0) return [];
  return [...ways.matchAll(/<([^<>]*)>/g)]
    .map(([, address = '']) => address.replace(/\s+/g, ''))
    .filter(address => /^https:\/\//i.test(address));
}

/** The name of the list by RFC 2919, for a person. */
export const listName = (head: string): string | undefined => valuesOf(head, 'list-id')[0];

/** Every value of a header field, unfolded. */
function valuesOf(head: string, name: string): readonly string[] {
  const lines = head.replace(/\r?\n(?=[ \t])/g, '').split(/\r?\n/);
  return lines.flatMap(line => {
    const at = line.indexOf(':');
    return line.slice(0, at).trim().toLowerCase() === name ? [line.slice(at + 1).trim()] : [];
  });
}
