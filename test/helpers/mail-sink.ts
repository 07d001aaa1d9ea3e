/** A mail server that takes everything, for a host of its own: prints its port, then each mail that it took as JSON. */
import { FakeSmtp } from '../fakes/smtp.ts';

const sink = await FakeSmtp.start();
process.stdout.write(`${sink.port}\n`);
let told = 0;
setInterval(() => {
  for (const mail of sink.delivered.slice(told)) process.stdout.write(`${JSON.stringify(mail)}\n`);
  told = sink.delivered.length;
}, 50);
