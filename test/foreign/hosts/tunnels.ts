import { EVERYWHERE, type KnownHost, LOCALLY } from './known-host';

/** VPNs: what they let in from tunnels, and what they keep out. */
export const TUNNELS: readonly KnownHost[] = [
  {
    name: 'Tailscale: marks of connections kept, ts-input on top, its addresses from elsewhere dropped',
    script: `
      compat -t mangle -I PREROUTING -m conntrack --ctstate ESTABLISHED,RELATED -j CONNMARK --restore-mark --nfmask 0xff0000 --ctmask 0xff0000
      compat -t mangle -I OUTPUT -m conntrack --ctstate NEW -m mark ! --mark 0/0xff0000 -j CONNMARK --save-mark --nfmask 0xff0000 --ctmask 0xff0000
      compat -N ts-input
      compat -I INPUT -j ts-input
      iptables-nft -A ts-input -s 100.64.0.0/10 ! -i tailscale0 -j DROP
      compat -A ts-input -i tailscale0 -j ACCEPT
      compat -A ts-input -p udp --dport 41641 -j ACCEPT`,
    works: EVERYWHERE,
    reports: ['tailscale/tailscale#320'],
  },
  {
    name: 'ZeroTier, OpenVPN: everything from the tunnel accepted on top, the rest denied but SSH and the target port',
    script: `
      legacy -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
      legacy -A INPUT -i lo -j ACCEPT
      legacy -A INPUT -p tcp -m multiport --dports 22,8443 -j ACCEPT
      legacy -A INPUT -p udp -m multiport --dports 1194,8443 -j ACCEPT
      legacy -P INPUT DROP
      legacy -I INPUT -i zt+ -j ACCEPT
      legacy -I INPUT -i tun+ -j ACCEPT`,
    works: EVERYWHERE,
  },
  {
    name: 'strongSwan: only what came through IPsec is accepted',
    script: `
      legacy -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
      legacy -A INPUT -i lo -j ACCEPT
      legacy -A INPUT -p udp -m multiport --dports 500,4500 -j ACCEPT
      legacy -A INPUT -p esp -j ACCEPT
      legacy -I INPUT -m policy --dir in --pol ipsec -j ACCEPT
      legacy -A INPUT -j DROP
      legacy -t nat -I POSTROUTING -m policy --dir out --pol ipsec -j ACCEPT`,
    works: LOCALLY,
    said: ['target-blocked'],
  },
  {
    name: 'Mullvad: all incoming denied but connections that a rule marks by the target port',
    script: `nft_load <<'END'
      table inet mullvad {
        chain input {
          type filter hook input priority filter; policy drop;
          iifname "lo" accept
          ct mark 0xf41 accept
          ct state established accept
        }
        chain mangle { type route hook output priority mangle; meta mark set ct mark; }
      }
      table inet excluded {
        chain incoming {
          type filter hook input priority -100;
          meta l4proto { tcp, udp } th dport 8443 ct mark set 0xf41 meta mark set 0x6d6f6c65
        }
      }
END`,
    works: EVERYWHERE,
  },
  {
    name: 'Cloudflare WARP: all incoming denied but private networks',
    script: `nft_load <<'END'
      table inet cloudflare-warp {
        chain input {
          type filter hook input priority filter; policy drop;
          iif "lo" accept
          iifname "CloudflareWARP" accept
          meta l4proto ipv6-icmp accept
          ip saddr { 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 } accept
          ip6 saddr { fc00::/7, fe80::/10 } accept
        }
        chain output { type filter hook output priority filter; policy accept; ip daddr 198.51.100.53 udp dport 53 reject; }
      }
END`,
    works: EVERYWHERE,
    said: ['target-blocked'],
    reports: ['NixOS/nixpkgs#168092'],
  },
  {
    name: 'NordVPN: all incoming denied but its own connections, by their mark, and listed ports',
    script: `
      legacy -A INPUT -i lo -j ACCEPT
      legacy -A INPUT -i eth0 -p tcp --dport 8443 -j ACCEPT
      legacy -A INPUT -i eth0 -p udp --dport 8443 -j ACCEPT
      legacy -A INPUT -m connmark --mark 0xe1f1 -j ACCEPT
      legacy -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
      legacy -A INPUT -j DROP
      legacy -A OUTPUT -m mark --mark 0xe1f1 -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff
      legacy -A OUTPUT -m connmark --mark 0xe1f1 -j ACCEPT`,
    works: EVERYWHERE,
    said: ['target-blocked'],
    reports: ['NordSecurity/nordvpn-linux#35', 'NordSecurity/nordvpn-linux#7'],
  },
];
