#!/usr/bin/env bash
# Installs the servers that the tests start as their own private instances. Quick when all is there.
# It never starts a service: a policy file tells the packages' own scripts not to.
#
# Cyrus and Courier conflict with Dovecot as packages, so they are only unpacked, into a cache folder.
set -u

# Installs what is not there, or says the line to run.
install_packages() {
  local missing=() options log policy
  [ -x /usr/sbin/dovecot ] && [ -x /usr/lib/dovecot/imap ] || missing+=(dovecot-imapd)
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing+=(chromium)
  command -v openssl >/dev/null || missing+=(openssl)
  command -v mbsync >/dev/null || missing+=(isync)
  [ ${#missing[@]} -eq 0 ] && return

  options="-y -q --no-install-recommends"
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Tests that need a real server will be skipped. To run them too:"
    echo "  sudo apt-get install --no-install-recommends ${missing[*]}"
    return
  fi

  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap "rm -f $policy" EXIT
  fi

  log=$(mktemp)
  export DEBIAN_FRONTEND=noninteractive
  echo "Installing ${missing[*]} for the tests ..."
  # shellcheck disable=SC2086
  apt-get install $options "${missing[@]}" >"$log" 2>&1 ||
    { apt-get update -q >>"$log" 2>&1 && apt-get install $options "${missing[@]}" >>"$log" 2>&1; } ||
    { tail -n 5 "$log"; echo "Could not install them; the tests that need them are skipped."; }
  rm -f "$log"
}

# Prints the packages named, and the libraries below them, that are not installed.
not_installed() {
  apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
    --no-enhances "$@" 2>/dev/null |
    awk -v roots="$*" -v installed="$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | tr '\n' ' ')" '
      /^[^ ]/ { package = $1; next }
      $1 ~ /Depends:$/ && $2 ~ /^lib/ { below[package] = below[package] " " $2 }
      END {
        count = split(installed, names, " "); for (i = 1; i <= count; i++) done[names[i]] = 1
        waiting = split(roots, queue, " ")
        for (i = 1; i <= waiting; i++) {
          if (queue[i] in done) continue
          done[queue[i]] = 1; print queue[i]
          count = split(below[queue[i]], names, " ")
          for (j = 1; j <= count; j++) queue[++waiting] = names[j]
        }
      }'
}

# Unpacks Cyrus and Courier where tests/servers/unpacked.py looks for them.
unpack_servers() {
  local cache wanted work
  cache=/var/cache/triage-test-servers
  [ "$(id -u)" -eq 0 ] || cache="${XDG_CACHE_HOME:-$HOME/.cache}/triage-test-servers"
  [ -e "$cache/complete" ] && return
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return
  wanted=(cyrus-imapd cyrus-common libsasl2-modules courier-imap courier-authlib)

  echo "Fetching Cyrus and Courier for the tests ..."
  work=$(mktemp -d)
  (
    cd "$work" || exit 1
    fetch() { mapfile -t packages < <(not_installed "${wanted[@]}") && [ ${#packages[@]} -gt 0 ] &&
      apt-get download -q -o APT::Sandbox::User= "${packages[@]}"; }
    fetch || { [ "$(id -u)" -eq 0 ] && apt-get update -q && fetch; } || exit 1
    for package in *.deb; do dpkg-deb -x "$package" root || exit 1; done
    chmod -R a+rX . && mkdir -p "$cache" && rm -rf "$cache/root" && mv root "$cache/root" && touch "$cache/complete"
  ) >"$work/log" 2>&1 ||
    { tail -n 3 "$work/log"; echo "Could not fetch them; the tests that need them are skipped."; }
  rm -rf "$work"
}

install_packages
unpack_servers
exit 0
