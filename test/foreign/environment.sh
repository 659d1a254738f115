# Gives a shell that runs foreign firewalls the machine's files to read, with the unpacked tools among them, and none to
# write. Run in a mount namespace of its own; $TOOLS is the directory of scripts/foreign-tools.
set -eu
umask 022
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
private=$(mktemp -d)
mount -t tmpfs tmpfs "$private"
mkdir "$private/etc"
cp -a /etc/. "$private/etc" 2> /dev/null || true
cp -a "$TOOLS/etc/." "$private/etc"
touch "$XTABLES_LOCKFILE" "$private/lock"
mount --bind "$XTABLES_LOCKFILE" "$private/lock"
mount -t overlay overlay -o "lowerdir=$TOOLS/usr:/usr" /usr
mount --bind "$private/etc" /etc
for directory in /var/lib /var/log /run; do mount -t tmpfs tmpfs "$directory"; done
touch /run/xtables.lock
mount --bind "$private/lock" /run/xtables.lock
mkdir -p /run/dbus /var/lib/dbus
# What installing ufw does.
mkdir -p /var/lib/ufw /etc/ufw
cp -n /usr/share/ufw/*.rules /usr/share/ufw/ufw.conf /etc/ufw/

# `iptables` is one of two programs: legacy or nft.
use_iptables() {
  for name in iptables iptables-restore iptables-save ip6tables ip6tables-restore ip6tables-save; do
    ln -sf "/usr/sbin/${name%%tables*}tables-$1${name#*tables}" "/etc/alternatives/$name"
  done
}

start_firewalld() { # nftables | iptables
  sed -i "s/^FirewallBackend=.*/FirewallBackend=$1/" /etc/firewalld/firewalld.conf
  cat > /run/dbus.conf << 'XML'
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
XML
  dbus-daemon --config-file=/run/dbus.conf --nofork --nopidfile 2> /run/dbus.log &
  bus=$!
  while ! [ -S /run/dbus/system_bus_socket ]; do sleep 0.02; done
  firewalld --nofork --nopid > /run/firewalld.log 2>&1 &
  firewalld=$!
  for attempt in $(seq 300); do
    if firewall-cmd --state > /dev/null 2>&1; then return; fi
    kill -0 "$firewalld" || break
    sleep 0.05
  done
  cat /run/firewalld.log >&2
  exit 1
}

# As a crash does, so that its rules stay to be looked at.
kill_firewalld() {
  kill -KILL "$firewalld" "$bus"
  wait "$firewalld" "$bus" 2> /dev/null || true
}
