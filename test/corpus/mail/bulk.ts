import { type Mails, mail, mixed, page, part } from './make.ts';

const report = (
  status: string,
  head = '',
  returned = 'Subject: Lunch\nMessage-ID: <s1@bergs.test>\nTo: bo@olsen.test\n\n',
): string =>
  mixed(
    'report; report-type=delivery-status',
    [
      part('text/plain', 'This is the mail system. Your message could not be delivered.'),
      part('message/delivery-status', `Reporting-MTA: dns; mx.bergs.test\n\n${status}`),
      part('text/rfc822-headers', returned),
    ],
    head === ''
      ? 'From: Mail Delivery System <MAILER-DAEMON@mx.bergs.test>\nSubject: Undelivered Mail Returned to Sender'
      : head,
  ).replace(
    'multipart/report; report-type=delivery-status; boundary',
    'multipart/report; report-type=delivery-status; boundary',
  );

/** Mail to many, mail by programs, and what became of other mail. */
export const bulk: Mails = {
  'a newsletter with one request to leave it': page(
    '<h1>News</h1><p>Much has happened.</p>',
    'List-Unsubscribe: <https://news.example/leave?u=1>, <mailto:leave@news.example>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\nList-ID: Our News <weekly.news.example>',
  ),
  'a newsletter with a page to leave it': page('<p>News</p>', 'List-Unsubscribe: <https://news.example/leave?u=1>'),
  'a newsletter to leave by mail': page('<p>News</p>', 'List-Unsubscribe: <mailto:leave@news.example?subject=leave>'),
  'one request without a safe address': page(
    '<p>News</p>',
    'List-Unsubscribe: <http://news.example/leave>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click',
  ),
  'a way to leave that runs': page('<p>News</p>', 'List-Unsubscribe: <javascript:alert(1)>'),
  'a way to leave without brackets': page('<p>News</p>', 'List-Unsubscribe: https://news.example/leave'),
  'a mailing list': mail(
    'Subject: [dev] Release\nList-Id: <dev.list.example>\nList-Post: <mailto:dev@list.example>\nList-Unsubscribe: <mailto:dev-leave@list.example>\nPrecedence: list',
    'The release is out.',
  ),
  'a list that nobody may write to': mail('List-Id: <announce.list.example>\nList-Post: NO', 'News'),
  'mail in bulk': mail('Precedence: bulk', 'To all.'),
  'an answer while somebody is away': mail(
    'Subject: Out of office\nAuto-Submitted: auto-replied (vacation)\nX-Auto-Response-Suppress: All',
    'I am back on Monday.',
  ),
  'an answer while somebody is away, of old': mail('Subject: Out of office\nX-Autoreply: yes', 'I am back on Monday.'),
  'what a program wrote': mail('Auto-Submitted: auto-generated', 'Backup done.'),
  'what no program wrote': mail('Auto-Submitted: no', 'By hand.'),
  'an order': page(
    '<table><tr><td>Order 7</td></tr><tr><td>Total</td><td>128.50 €</td></tr></table>',
    'From: Shop <orders@shop.example>\nSubject: Your order 7',
  ),
  'an invoice': mixed(
    'mixed',
    [
      part('text/plain', 'Please find attached our invoice 2026-118 over 1,190.00 EUR.'),
      part('application/pdf; name="Rechnung 2026-118.pdf"', '%PDF-1.4', 'Content-Disposition: attachment'),
    ],
    'Subject: Rechnung 2026-118',
  ),
  'a mail that did not arrive': report(
    'Final-Recipient: rfc822; nobody@olsen.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <nobody@olsen.test>: Recipient address rejected: User unknown\n',
  ),
  'a mail that is late': report(
    'Final-Recipient: rfc822; bo@olsen.test\nAction: delayed\nStatus: 4.4.1\nDiagnostic-Code: smtp; 421 try later\n',
  ),
  'a mail that arrived': report('Final-Recipient: rfc822; bo@olsen.test\nAction: delivered\nStatus: 2.0.0\n'),
  'a mail that arrived at one of two': report(
    'Final-Recipient: rfc822; bo@olsen.test\nAction: delivered\nStatus: 2.0.0\n\nOriginal-Recipient: rfc822; nobody@olsen.test\nFinal-Recipient: rfc822; n@olsen.test\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 mailbox full\n',
  ),
  'a report of nothing': report(''),
  'a report of markdown': report(
    'Final-Recipient: rfc822; `=x`[[y]]\nAction: failed\nStatus: ![x](https://evil.test)\nDiagnostic-Code: smtp; <img src=x> [[Policies]]\n',
  ),
  'a mail that did not arrive, in words': mail(
    'From: MAILER-DAEMON@old.example\nSubject: failure notice\nReturn-Path: <>',
    'Hi. This is the qmail-send program. I could not deliver your message.\n<nobody@olsen.test>: no such user',
  ),
  'a mail that did not arrive, named in the head': mail(
    'From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>\nSubject: Delivery Status Notification (Failure)\nX-Failed-Recipients: nobody@olsen.test',
    'Address not found',
  ),
  'a mail that was opened': mixed(
    'report; report-type=disposition-notification',
    [
      part('text/plain', 'Your message was read.'),
      part(
        'message/disposition-notification',
        'Final-Recipient: rfc822; bo@olsen.test\nOriginal-Message-ID: <s1@bergs.test>\nDisposition: manual-action/MDN-sent-manually; displayed\n',
      ),
    ],
    'Subject: Read: Lunch',
  ),
  'a complaint about a mail': mixed(
    'report; report-type=feedback-report',
    [
      part('text/plain', 'This is an abuse report.'),
      part('message/feedback-report', 'Feedback-Type: abuse\nVersion: 1\n'),
    ],
    'Subject: Complaint',
  ),
};
