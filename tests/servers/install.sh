#!/usr/bin/env bash
# Installs the servers that the tests start as their own private instances. Quick when all is there.
# It never starts a service: a policy file tells the packages' own scripts not to.
set -u

missing=()
[ -x /usr/sbin/dovecot ] && [ -x /usr/lib/dovecot/imap ] || missing+=(dovecot-imapd)
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing+=(chromium)
command -v openssl >/dev/null || missing+=(openssl)

[ ${#missing[@]} -eq 0 ] && exit 0

options="-y -q --no-install-recommends"
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "Tests that need a real server will be skipped. To run them too:"
  echo "  sudo apt-get install --no-install-recommends ${missing[*]}"
  exit 0
fi

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi

log=$(mktemp)
export DEBIAN_FRONTEND=noninteractive
echo "Installing ${missing[*]} for the tests ..."
# shellcheck disable=SC2086
apt-get install $options "${missing[@]}" >"$log" 2>&1 ||
  { apt-get update -q >>"$log" 2>&1 && apt-get install $options "${missing[@]}" >>"$log" 2>&1; } ||
  { tail -n 5 "$log"; echo "Could not install them; the tests that need them are skipped."; }
rm -f "$log"
exit 0
