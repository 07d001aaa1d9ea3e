import type { RawItem } from '../../core/networked-watcher.ts';

/** One mail as it came, with names, addresses and words changed: an answer with two versions of its text and a file. */
const MAIL = `Return-Path: <petra.sommer@lindenhof.example>
Received: from mx.lindenhof.example by mail.example.test with ESMTPS; Fri, 20 Nov 2026 17:04:12 +0100
From: =?utf-8?Q?Petra_Sommer_=28B=C3=BCro=29?= <petra.sommer@lindenhof.example>
To: Anna Berg <anna@example.test>
Cc: Hausverwaltung <buero@lindenhof.example>
Subject: =?utf-8?Q?Re:_Termin_f=C3=BCr_den_Z=C3=A4hler?=
Date: Fri, 20 Nov 2026 17:04:09 +0100
Message-ID: <20261120170409.4F1A@lindenhof.example>
In-Reply-To: <b7c2@example.test>
References: <b7c1@lindenhof.example> <b7c2@example.test>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="part-1"

--part-1
Content-Type: multipart/alternative; boundary="part-2"

--part-2
Content-Type: text/plain; charset=utf-8; format=flowed
Content-Transfer-Encoding: quoted-printable

Guten Tag Frau Berg,

der Z=C3=A4hler wird am Dienstag, 1. Dezember, zwischen 9 und 11 Uhr getausc=
ht. Passt Ihnen das?

Petra Sommer

Am 19.11.2026 um 08:30 schrieb Anna Berg:
> Wann kommen Sie?
--part-2
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<html><body><p>Guten Tag Frau Berg,</p><p>der Z=C3=A4hler wird am <b>Dienst=
ag, 1. Dezember</b>, zwischen 9 und 11 Uhr getauscht. Passt Ihnen das?</p><=
p>Petra Sommer</p><div>Am 19.11.2026 um 08:30 schrieb Anna Berg:</div><bloc=
kquote type=3D"cite">Wann kommen Sie?</blockquote></body></html>
--part-2--

--part-1
Content-Type: text/plain; charset=utf-8; name="Merkblatt.txt"
Content-Disposition: attachment; filename="Merkblatt.txt"
Content-Transfer-Encoding: base64

Qml0dGUgZGVuIEtlbGxlciBmcmVpaGFsdGVuLgo=
--part-1--
`;

const bytes = Buffer.from(MAIL.replaceAll('\n', '\r\n'));

export const sample: RawItem = {
  key: '<20261120170409.4F1A@lindenhof.example>',
  account: 'anna@example.test',
  folder: 'INBOX',
  received: '2026-11-20T16:04:12Z',
  bytes,
  size: bytes.length,
  about: {},
};
