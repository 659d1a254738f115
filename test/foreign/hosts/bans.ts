import { EVERYWHERE, type KnownHost, LOCALLY } from './known-host';

/** Bans, limits and port knocking. */
export const BANS: readonly KnownHost[] = [
  {
    name: 'fail2ban: a jail that has banned the client, on the public port alone',
    script: `
      compat -N f2b-web
      compat -I INPUT -p tcp -m multiport --dports 8445 -j f2b-web
      iptables-nft -A f2b-web -s 10.77.0.9 -j REJECT
      ip6tables-nft -A f2b-web -s fd77::9 -j REJECT
      compat -A f2b-web -j RETURN`,
    works: EVERYWHERE,
  },
  {
    name: 'fail2ban: a jail that has banned the client, on every port',
    script: `
      compat -N f2b-all
      compat -I INPUT -j f2b-all
      iptables-nft -A f2b-all -s 10.77.0.9 -j REJECT
      ip6tables-nft -A f2b-all -s fd77::9 -j REJECT`,
    works: LOCALLY,
  },
  {
    name: 'CrowdSec, sshguard: a set of banned addresses ahead of filter',
    script: `nft_load <<'END'
      table inet crowdsec {
        set banned4 { type ipv4_addr; flags interval; elements = { 10.77.0.9 } }
        set banned6 { type ipv6_addr; flags interval; elements = { fd77::9 } }
        chain input {
          type filter hook input priority filter - 10;
          ip saddr @banned4 counter drop
          ip6 saddr @banned6 counter drop
        }
      }
END`,
    works: LOCALLY,
    reports: ['crowdsecurity/cs-firewall-bouncer#312'],
  },
  {
    name: 'Game servers: floods dropped in raw, by the public port',
    script: `
      legacy -t raw -A PREROUTING -p udp --dport 8445 -m hashlimit --hashlimit-name game --hashlimit-mode srcip --hashlimit-above 10000/sec -j DROP
      legacy -t raw -A PREROUTING -p udp -m length --length 0:28 -j DROP
      legacy -t mangle -A PREROUTING -p tcp -m conntrack --ctstate NEW -m tcpmss ! --mss 536:65535 -j DROP
      legacy -t mangle -A PREROUTING -m conntrack --ctstate INVALID -j DROP`,
    works: EVERYWHERE,
    reports: ['arkmanager/ark-server-tools#139'],
  },
  {
    name: 'firewalld: a rich rule that refuses a source, behind the acceptance of what is translated',
    script: `nft_load <<'END'
      table inet firewalld {
        chain filter_INPUT {
          type filter hook input priority filter + 10; policy accept;
          ct state { established, related } accept
          ct status dnat accept
          iifname "lo" accept
          ip saddr 10.77.0.9 reject
          ip6 saddr fd77::9 reject
          tcp dport 22 accept
          meta l4proto { icmp, ipv6-icmp } accept
          reject with icmpx admin-prohibited
        }
      }
END`,
    works: EVERYWHERE,
    reports: ['firewalld/firewalld#1466'],
  },
  {
    name: 'Game servers: too many new clients of the public port dropped, by the list of recent ones',
    script: `
      legacy -A INPUT -p udp --dport 8445 -m conntrack --ctstate NEW -m recent --name game --set
      legacy -A INPUT -p udp --dport 8445 -m conntrack --ctstate NEW -m recent --name game --update --seconds 30 --hitcount 1 -j DROP
      legacy -A INPUT -p tcp --syn --dport 8445 -m hashlimit --hashlimit-name web --hashlimit-mode srcip --hashlimit-above 1/hour --hashlimit-burst 1 -j DROP`,
    works: EVERYWHERE,
    reports: ['SirPlease/IPTables#1', 'toralf/torutils#9'],
  },
  {
    name: 'Port knocking: nobody gets to the target port but who has knocked',
    script: `
      legacy -N knocked
      legacy -A INPUT -i lo -j ACCEPT
      legacy -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
      legacy -A INPUT -p tcp --dport 7777 -m recent --name knock --set -j DROP
      legacy -A INPUT -m recent --name knock --rcheck --seconds 30 -j knocked
      for protocol in tcp udp; do
        legacy -A knocked -p $protocol --dport 8443 -j ACCEPT
        legacy -A INPUT -p $protocol --dport 8443 -j DROP
      done`,
    works: LOCALLY,
    said: ['target-blocked'],
    reports: ['mrash/fwknop#238'],
  },
];
