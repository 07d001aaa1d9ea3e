import { type Mails, mail } from './make.ts';

/** Who somebody says they are. Known: anna@nordwerk.test, bo@olsen.test; the person is anna@bergs.test. */
export const senders: Mails = {
  'somebody whom the person knows': mail('From: Anna Nord <anna@nordwerk.test>', 'Hello'),
  'somebody whom the person knows, in capitals': mail('From: ANNA@NORDWERK.TEST', 'Hello'),
  'somebody the person wrote to': mail('From: Bo <bo@olsen.test>', 'Hello'),
  'the person herself': mail('From: Anna Berg <anna@bergs.test>', 'A note to myself'),
  'a stranger': mail('From: Someone <someone@else.example>', 'Hello'),
  'a stranger with the name of somebody known': mail('From: Anna Nord <anna.nord@freemail.example>', 'Hello'),
  'a stranger with that name in another order and spelling': mail('From: "NORD, Ánna" <x@evil.test>', 'Pay now'),
  'a stranger with the first name of somebody known': mail('From: Anna <anna@other.test>', 'Hello'),
  'a name that is the address of somebody known': mail('From: "anna@nordwerk.test" <x@evil.test>', 'Pay now'),
  'a name that holds an address': mail('From: "Anna Nord anna@nordwerk.test via portal" <x@evil.test>', 'Pay now'),
  'a name with a wide at': mail('From: "anna\uff20nordwerk.test" <x@evil.test>', 'Pay now'),
  'a name that is a page': mail('From: "https://nordwerk.test" <x@evil.test>', 'Pay now'),
  'a domain one letter off': mail('From: Anna Nord <anna@nordwcrk.test>', 'Pay now'),
  'a domain with a digit for a letter': mail('From: Anna Nord <anna@n0rdwerk.test>', 'Pay now'),
  'a domain with two letters for one': mail('From: Anna Nord <anna@norclwerk.test>', 'Pay now'),
  'a domain of another alphabet': mail('From: Anna Nord <anna@n\u043erdwerk.test>', 'Pay now'),
  'a domain of another alphabet, coded': mail('From: Anna Nord <anna@xn--nrdwerk-9ig.test>', 'Pay now'),
  'a domain with a word more': mail('From: Anna Nord <anna@nordwerk-support.test>', 'Pay now'),
  'the domain of the person, one letter off': mail('From: IT <it@berqs.test>', 'Your password ends'),
  'a name of quotes and brackets': mail('From: "\\"Anna\\" <anna@nordwerk.test>" <x@evil.test>', 'Pay now'),
  'a name as long as a page': mail(`From: "${'Anna '.repeat(400)}" <x@evil.test>`, 'Pay now'),
  'a name of markdown': mail('From: "[Anna](https://evil.test) ![[x]] **bold**" <x@evil.test>', 'Pay now'),
  'a name turned round': mail('From: "\u202emoc.elgoog\u202c" <x@evil.test>', 'Pay now'),
  'the provider could not confirm the sender': mail(
    'Authentication-Results: mx.bergs.test; spf=pass smtp.mailfrom=evil.test; dmarc=fail header.from=nordwerk.test\nFrom: Anna <anna@nordwerk.test>',
    'Pay now',
  ),
  'the provider confirms the sender, which is believed of nobody': mail(
    'Authentication-Results: mx.bergs.test; dmarc=pass header.from=evil.test\nFrom: Anna <x@evil.test>',
    'Pay now',
  ),
};
