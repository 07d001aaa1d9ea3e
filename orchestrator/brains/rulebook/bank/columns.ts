/** Which column of a statement holds what, by the headings that banks use in English and German. */

export type Columns = {
  readonly date: number;
  /** One column with a sign, or one for what went out and one for what came in. */
  readonly amount: number | undefined;
  readonly out: number | undefined;
  readonly in: number | undefined;
  /** A column that says `S` or `H`, `DR` or `CR`, for an amount without a sign. */
  readonly side: number | undefined;
  readonly text: readonly number[];
  readonly currency: number | undefined;
  readonly account: number | undefined;
  readonly status: number | undefined;
  /** The currency that a heading names, as in `Betrag (EUR)`. */
  readonly headed: string;
  readonly isGerman: boolean;
};

const CURRENCY = /\b(EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|CZK|HUF|JPY|CAD|AUD|NZD|INR|ZAR|BRL|TRY)\b|([€$£])/;
const SIGNS: Readonly<Record<string, string>> = { '€': 'EUR', $: 'USD', '£': 'GBP' };

/** The best heading first. */
const DATE = [
  /^(buchungstag|buchungsdatum|booking date|transaction date|trans date|posting date|posted date|date posted)$/,
  /^(buchung|date|datum|completed date|booked|booked on|date of booking)$/,
  /^(wertstellung|valuta|valutadatum|wertstellungsdatum|value date|started date|wertstellungstag)$/,
];
const AMOUNT = [
  /^(betrag|amount|umsatz|buchungsbetrag|transaction amount|amount in account currency|net amount)$/,
  /^(umsatz in|betrag in|wert|value|summe|net)$/,
];
const OUT = [
  /^(soll|debit|belastung|lastschrift|ausgang|ausgabe|ausgaben|paid out|money out|withdrawal|withdrawals|debit amount|abgang)$/,
];
const IN = [
  /^(haben|credit|gutschrift|eingang|einnahme|einnahmen|paid in|money in|deposit|deposits|credit amount|zugang)$/,
];
const SIDE = [
  /^(soll haben|s h|sh|dr cr|debit credit|credit debit indicator|debit credit indicator|soll haben kennzeichen)$/,
];
const TEXT = [
  /^(name zahlungsbeteiligter|beguenstigter zahlungspflichtiger|begunstigter zahlungspflichtiger|auftraggeber beguenstigter|auftraggeber begunstigter|auftraggeber empfanger|auftraggeber empfaenger|zahlungsempfanger|zahlungsempfanger in|zahlungsempfaenger|empfanger|payee|counterparty|counterparty name|merchant|name|partner name|partnername)$/,
  /^(verwendungszweck|buchungstext|description|details|transaction description|purpose|memo|narrative|text|beschreibung|payment reference|reference|zahlungsreferenz|notes)$/,
];
const MONEY = [/^(wahrung|waehrung|currency|ccy)$/];
const ACCOUNT = [/^(auftragskonto|iban auftragskonto|account|account number|account no|konto|own account)$/];
const STATUS = [/^(status|state|umsatzstatus)$/];
const GERMAN =
  /^(betrag|umsatz|soll|haben|buchung.*|datum|valuta.*|wertstellung.*|verwendungszweck|waehrung|wahrung|belastung|gutschrift|eingang|ausgang)$/;

/** `Betrag (EUR)` → `betrag`. */
const plain = (heading: string): string =>
  heading
    .replace(CURRENCY, ' ')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();

/** The columns of a row of headings; undefined where it names no date, or no amount. */
export function columnsOf(row: readonly string[]): Columns | undefined {
  const names = row.map(plain);
  const best = (patterns: readonly RegExp[]): number | undefined =>
    patterns.map(pattern => names.findIndex(name => pattern.test(name))).find(at => at !== -1);
  const date = best(DATE);
  const amount = best(AMOUNT);
  const out = best(OUT);
  const into = best(IN);
  if (date === undefined || (amount === undefined && (out === undefined || into === undefined))) return undefined;
  const [, code, sign] = CURRENCY.exec(row[amount ?? out ?? 0] ?? '') ?? [];
  return {
    ...{ date, amount, out, in: into, side: best(SIDE) },
    text: TEXT.flatMap(pattern => names.flatMap((name, at) => (pattern.test(name) ? [at] : []))).slice(0, 4),
    ...{ currency: best(MONEY), account: best(ACCOUNT), status: best(STATUS) },
    headed: code ?? SIGNS[sign ?? ''] ?? '',
    isGerman: names.some(name => GERMAN.test(name)),
  };
}
