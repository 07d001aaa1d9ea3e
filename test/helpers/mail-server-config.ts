/** How Dovecot 2.3 and Exim 4.96, as Debian has them, are told to live in one folder as one user. */
import { userInfo } from 'node:os';

/** Whose the mailboxes are. Dovecot serves none that is root’s. */
export function mailOwner(): { uid: number; gid: number } {
  const { uid, gid } = userInfo();
  return uid === 0 ? { uid: 8, gid: 8 } : { uid, gid };
}

export function dovecotConfig(folder: string, imap: number, imaps: number): string {
  const { uid, gid, username } = userInfo();
  const owner = mailOwner();
  // As root, Dovecot’s parts run as the users that its package made; otherwise all of it is one user’s.
  const parts =
    uid === 0
      ? ''
      : `default_internal_user = ${username}\ndefault_internal_group = ${gid}\ndefault_login_user = ${username}`;
  return `
base_dir = ${folder}/dovecot/run
state_dir = ${folder}/dovecot/state
log_path = ${folder}/dovecot/log
protocols = imap lmtp
listen = 127.0.0.1
${parts}
first_valid_uid = 0
first_valid_gid = 0
mail_location = maildir:${folder}/mail/%u
mail_fsync = never
ssl = yes
ssl_cert = <${folder}/cert.pem
ssl_key = <${folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
mail_max_userip_connections = 100
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${folder}/dovecot/oauth2.conf
}
passdb {
  driver = passwd-file
  args = username_format=%u ${folder}/dovecot/passwd
}
userdb {
  driver = static
  args = uid=${owner.uid} gid=${owner.gid} home=${folder}/mail/%u
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Drafts {
    special_use = \\Drafts
    auto = subscribe
  }
  mailbox Sent {
    special_use = \\Sent
    auto = subscribe
  }
  mailbox Archive {
    special_use = \\Archive
    auto = subscribe
  }
  mailbox Trash {
    special_use = \\Trash
    auto = subscribe
  }
  mailbox Junk {
    special_use = \\Junk
    auto = subscribe
  }
}
service imap-login {
  chroot =
  inet_listener imap {
    address = 127.0.0.1
    port = ${imap}
  }
  inet_listener imaps {
    address = 127.0.0.1
    port = ${imaps}
    ssl = yes
  }
}
service lmtp {
  unix_listener lmtp {
    mode = 0666
  }
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
protocol lmtp {
  postmaster_address = postmaster@example.test
}
`;
}

/** Dovecot asks a token endpoint (RFC 7662) on loopback. */
export const oauthConfig = (port: number): string => `
introspection_mode = get
introspection_url = http://127.0.0.1:${port}/introspect?token=
username_attribute = email
active_attribute = active
active_value = true
`;

/** Submission with a password; example.test goes to Dovecot, everything else into a folder, and nothing leaves. */
export const eximConfig = (folder: string, port: number): string => `
spool_directory = ${folder}/exim/spool
log_file_path = ${folder}/exim/log/%slog
pid_file_path = ${folder}/exim/exim.pid
exim_path = /usr/sbin/exim4
primary_hostname = mail.example.test
local_interfaces = <; [127.0.0.1]:${port}
daemon_smtp_ports = ${port}
domainlist local_domains = example.test
acl_smtp_rcpt = acl_rcpt
acl_smtp_data = acl_data
tls_certificate = ${folder}/cert.pem
tls_privatekey = ${folder}/key.pem
tls_advertise_hosts = *
auth_advertise_hosts = *
never_users =
host_lookup =
rfc1413_hosts =
smtp_accept_max = 50
message_size_limit = 80M
queue_only = false
keep_environment =
disable_ipv6
begin acl
acl_rcpt:
  accept authenticated = *
  deny message = relay not permitted
acl_data:
  accept
begin routers
local:
  driver = accept
  domains = +local_domains
  transport = lmtp_dovecot
elsewhere:
  driver = accept
  transport = outside
begin transports
lmtp_dovecot:
  driver = lmtp
  socket = ${folder}/dovecot/run/lmtp
  batch_max = 20
  user = Debian-exim
outside:
  driver = appendfile
  directory = ${folder}/exim/outside
  maildir_format
  create_directory
  user = Debian-exim
begin retry
*  *  F,1h,10s
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if eq{$auth3}{\${extract{2}{\\}}{\${extract{1}{:}{\${lookup{$auth2}lsearch{${folder}/dovecot/passwd}}}}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = \${if eq{$auth2}{\${extract{2}{\\}}{\${extract{1}{:}{\${lookup{$auth1}lsearch{${folder}/dovecot/passwd}}}}}}}}
  server_set_id = $auth1
`;
