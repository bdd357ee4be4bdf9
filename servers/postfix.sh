#!/usr/bin/env bash
# postfix.sh check | start DIR PORT_PLAIN PORT_STARTTLS PORT_TLS | stop DIR
#
# A private Postfix on loopback. PORT_PLAIN takes mail for DOMAIN without login and offers STARTTLS; PORT_STARTTLS
# demands STARTTLS and AUTH; PORT_TLS is the same with implicit TLS. It relays nothing, refuses refused-*@DOMAIN with
# 550 5.1.1 and later-*@DOMAIN with 450 4.2.1, and delivers all else to one maildir. README.md tells what that holds.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

SBIN=$PREFIX/usr/lib/postfix/sbin
QUEUES=(active bounce corrupt defer deferred flush hold incoming maildrop private public saved trace)

server_check() {
  [ -e "$PREFIX/installed" ] || { echo "Postfix is not installed, run servers/install.sh postfix"; return 1; }
  [ "$(id -u)" = 0 ] || { echo "Postfix needs root: its master process starts under no other user"; return 1; }
}

server_start() {
  setpriv --reuid=postfix --regid=postfix --clear-groups test -x "$DIR" \
    || { echo "postfix.sh: the user postfix cannot reach $DIR" >&2; return 1; }
  rm -rf "$DIR/etc" "$DIR/spool" "$DIR/data"
  mkdir -p "$DIR/etc/sasl" "$DIR/spool" "$DIR/data"
  write_main_cf
  write_master_cf
  write_sasl
  make_queues
  chown -R postfix: "$DIR/data" "$DIR/mail"
  MAIL_CONFIG=$DIR/etc LD_LIBRARY_PATH=$PREFIX/usr/lib/postfix spawn "$SBIN/master" -c "$DIR/etc" -d
}

write_main_cf() {
  cat >"$DIR/etc/main.cf" <<END
compatibility_level = 3.6
daemon_directory = $SBIN
command_directory = $PREFIX/usr/sbin
sendmail_path = $PREFIX/usr/sbin/sendmail
shlib_directory = $PREFIX/usr/lib/postfix
meta_directory = $PREFIX/etc/postfix
import_environment = MAIL_CONFIG MAIL_LOGTAG TZ LANG=C LD_LIBRARY_PATH=$PREFIX/usr/lib/postfix
queue_directory = $DIR/spool
data_directory = $DIR/data
maillog_file = $LOG
maillog_file_prefixes = /
mail_owner = postfix
setgid_group = postdrop

inet_interfaces = $HOST
inet_protocols = ipv4
myhostname = mx.$DOMAIN
mydestination =
mynetworks =
alias_maps =
alias_database =
local_recipient_maps =
notify_classes =
default_transport = error:5.7.1 this server relays nothing
smtpd_peername_lookup = no

# All mail of the domain goes to one maildir.
virtual_mailbox_domains = $DOMAIN
virtual_mailbox_base = $DIR
virtual_mailbox_maps = static:mail/
virtual_mailbox_limit = 0
virtual_uid_maps = static:$(id -u postfix)
virtual_gid_maps = static:$(id -g postfix)

# What is stored is what was sent.
message_size_limit = 67108864
mailbox_size_limit = 0
message_drop_headers =
local_header_rewrite_clients =
smtputf8_enable = yes

smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access regexp:$DIR/etc/recipients

# Tests refuse many recipients and connect often; neither is an attack here.
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 2000
smtpd_client_connection_count_limit = 0

smtpd_tls_chain_files = $KEY, $CERTIFICATE
smtpd_tls_security_level = may
smtpd_tls_received_header = yes
smtpd_tls_session_cache_database =
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = $DOMAIN
smtpd_sasl_security_options = noanonymous
smtpd_tls_auth_only = yes
cyrus_sasl_config_path = $DIR/etc/sasl
END
  cat >"$DIR/etc/recipients" <<'END'
/^refused-/ 550 5.1.1 no such mailbox
/^later-/   450 4.2.1 mailbox is busy, try again later
END
}

write_master_cf() {
  local login='-o smtpd_sasl_auth_enable=yes -o smtpd_client_restrictions=permit_sasl_authenticated,reject'
  cat >"$DIR/etc/master.cf" <<END
$HOST:$PORT_PLAIN inet n - n - - smtpd -o syslog_name=postfix/plain
$HOST:$PORT_STARTTLS inet n - n - - smtpd -o syslog_name=postfix/starttls -o smtpd_tls_security_level=encrypt $login
$HOST:$PORT_TLS inet n - n - - smtpd -o syslog_name=postfix/tls -o smtpd_tls_wrappermode=yes $login
anvil unix - - n - 1 anvil
bounce unix - - n - 0 bounce
cleanup unix n - n - 0 cleanup
defer unix - - n - 0 bounce
error unix - - n - - error
flush unix n - n 1000? 0 flush
postlog unix-dgram n - n - 1 postlogd
proxymap unix - - n - - proxymap
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
tlsmgr unix - - n 1000? 1 tlsmgr
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
virtual unix - n n - - virtual
END
}

# Debian's smtpd reads sasl/smtpd.conf beside main.cf, whatever cyrus_sasl_config_path says.
write_sasl() {
  cat >"$DIR/etc/sasl/smtpd.conf" <<END
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: $DIR/etc/sasldb
mech_list: PLAIN LOGIN CRAM-MD5
END
  printf %s "$PASSWORD" \
    | "$PREFIX/usr/sbin/saslpasswd2" -p -c -f "$DIR/etc/sasldb" -u "$DOMAIN" "${USER_NAME%@*}"
  chown postfix: "$DIR/etc/sasldb"
}

make_queues() (
  cd "$DIR/spool"
  mkdir "${QUEUES[@]}" pid
  chown postfix "${QUEUES[@]}"
  chgrp postdrop maildrop public
  chmod 700 private
  chmod 710 public
  chmod 730 maildrop
)

launcher_main "$@"
