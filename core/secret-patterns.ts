/** What a secret of a well-known kind looks like, whoever it belongs to. The kinds are those of secretlint’s preset. */
export type Pattern = {
  /** `a private key`, `an AWS access key` … */
  readonly kind: string;
  /** A text without any of these holds none: looked for first, since that is quick. */
  readonly needs: readonly string[];
  /** Global; where it has a group, only that group is the secret. */
  readonly pattern: RegExp;
};

/** A token does not begin in the middle of a longer word. */
const word = (body: string): RegExp => new RegExp(`(?<![A-Za-z0-9_-])(?:${body})(?![A-Za-z0-9_])`, 'g');

export const PATTERNS: readonly Pattern[] = [
  {
    kind: 'a private key',
    needs: ['PRIVATE KEY'],
    // Also as one line of JSON, with `\n` written out, and where its end is missing.
    pattern:
      /-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----)[\s\S]){16,20000}?(?:-----END (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----|$)/g,
  },
  {
    kind: 'a PuTTY private key',
    needs: ['PuTTY-User-Key-File'],
    pattern: /Private-Lines: \d+\r?\n([A-Za-z0-9+/=\r\n]{32,20000})/g,
  },
  { kind: 'an age identity', needs: ['AGE-SECRET-KEY-'], pattern: word('AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{40,}') },
  { kind: 'an AWS access key', needs: ['AKIA', 'ASIA'], pattern: word('A(?:K|S)IA[0-9A-Z]{16}') },
  {
    kind: 'an AWS secret key',
    needs: ['aws', 'AWS', 'Aws'],
    pattern:
      /aws_?(?:secret_?)?(?:access_?)?key["']?\s{0,4}(?:=>|[:=])\s{0,4}["']?([A-Za-z0-9/+=]{40})(?![A-Za-z0-9/+=])/gi,
  },
  {
    kind: 'a GitHub token',
    needs: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'],
    pattern: word('gh[pousr]_[A-Za-z0-9_]{36,255}|github_pat_[A-Za-z0-9_]{22,255}'),
  },
  { kind: 'a GitLab token', needs: ['glpat-'], pattern: word('glpat-[A-Za-z0-9_-]{20,255}') },
  {
    kind: 'a Slack token',
    needs: ['xoxb-', 'xoxp-', 'xoxa-', 'xoxr-', 'xoxs-', 'xoxe', 'xapp-'],
    pattern: word('xox[abeprs](?:\\.xox[bp])?-[A-Za-z0-9-]{10,255}|xapp-[0-9]-[A-Za-z0-9-]{10,255}'),
  },
  {
    kind: 'a Slack webhook',
    needs: ['hooks.slack.com/'],
    pattern: /hooks\.slack\.com\/(?:services|workflows|triggers)\/([A-Za-z0-9+/]{20,100})/g,
  },
  { kind: 'an Anthropic key', needs: ['sk-ant-'], pattern: word('sk-ant-[A-Za-z0-9_-]{20,255}') },
  {
    kind: 'an OpenAI key',
    needs: ['sk-'],
    pattern: word(
      'sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,255}|sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}|sk-[A-Za-z0-9]{48}',
    ),
  },
  { kind: 'a Google API key', needs: ['AIza'], pattern: word('AIza[A-Za-z0-9_-]{35}') },
  { kind: 'a Google OAuth secret', needs: ['GOCSPX-'], pattern: word('GOCSPX-[A-Za-z0-9_-]{28}') },
  { kind: 'a Stripe key', needs: ['k_live_', 'k_test_'], pattern: word('[sr]k_(?:live|test)_[A-Za-z0-9]{20,255}') },
  {
    kind: 'an npm token',
    needs: ['npm_', '_authToken'],
    pattern: /(?<![A-Za-z0-9_-])npm_[A-Za-z0-9]{36}(?![A-Za-z0-9_])|_authToken=(?!\$)([^\s"']{8,255})/g,
  },
  { kind: 'a SendGrid key', needs: ['SG.'], pattern: word('SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}') },
  { kind: 'a Hugging Face token', needs: ['hf_'], pattern: word('hf_[A-Za-z0-9]{34,}') },
  { kind: 'a Telegram bot token', needs: [':AA'], pattern: word('[0-9]{8,10}:AA[A-Za-z0-9_-]{33}') },
  { kind: 'a Linear key', needs: ['lin_api_'], pattern: word('lin_api_[A-Za-z0-9]{32,128}') },
  {
    kind: 'a Notion token',
    needs: ['ntn_', 'secret_'],
    pattern: word('ntn_[A-Za-z0-9]{40,60}|secret_[A-Za-z0-9]{43}'),
  },
  { kind: 'a Shopify token', needs: ['shp'], pattern: word('shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}') },
  {
    kind: 'a 1Password token',
    needs: ['ops_ey'],
    pattern: word('ops_ey[A-Za-z0-9_-]{100,}={0,3}'),
  },
  {
    kind: 'a password in an address',
    needs: ['://'],
    pattern: /:\/\/[^\s:/?#@<>"'`[\]]{0,80}:([^\s:/?#@<>"'`[\]]{3,120})@(?=[A-Za-z0-9[])/g,
  },
];
