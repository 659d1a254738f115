#include "iptables/libiptc_api.h"

#include <netinet/in.h>

#include <net/if.h>

#include <climits>

// libip6tc.h, unlike libiptc.h, does not declare its functions as extern "C".
extern "C" {
#include <libiptc/libip6tc.h>
#include <libiptc/libiptc.h>
}

namespace portshift::iptc {

namespace {

constexpr LibiptcApi kIpv4Api = {
    iptc_init,
    iptc_free,
    iptc_commit,
    iptc_first_chain,
    iptc_next_chain,
    iptc_is_chain,
    iptc_builtin,
    iptc_get_policy,
    iptc_set_policy,
    [](const char *chain, xtc_handle *handle) -> const void * {
      return iptc_first_rule(chain, handle);
    },
    [](const void *previous, xtc_handle *handle) -> const void * {
      return iptc_next_rule(static_cast<const ipt_entry *>(previous), handle);
    },
    [](const void *entry, xtc_handle *handle) {
      return iptc_get_target(static_cast<const ipt_entry *>(entry), handle);
    },
    [](const char *chain, const void *entry, unsigned int position, xtc_handle *handle) {
      return iptc_insert_entry(chain, static_cast<const ipt_entry *>(entry), position, handle);
    },
    [](const char *chain, const void *entry, xtc_handle *handle) {
      return iptc_append_entry(chain, static_cast<const ipt_entry *>(entry), handle);
    },
    iptc_delete_num_entry,
    iptc_set_counter,
    iptc_create_chain,
    iptc_delete_chain,
};

constexpr LibiptcApi kIpv6Api = {
    ip6tc_init,
    ip6tc_free,
    ip6tc_commit,
    ip6tc_first_chain,
    ip6tc_next_chain,
    ip6tc_is_chain,
    ip6tc_builtin,
    ip6tc_get_policy,
    ip6tc_set_policy,
    [](const char *chain, xtc_handle *handle) -> const void * {
      return ip6tc_first_rule(chain, handle);
    },
    [](const void *previous, xtc_handle *handle) -> const void * {
      return ip6tc_next_rule(static_cast<const ip6t_entry *>(previous), handle);
    },
    [](const void *entry, xtc_handle *handle) {
      return ip6tc_get_target(static_cast<const ip6t_entry *>(entry), handle);
    },
    [](const char *chain, const void *entry, unsigned int position, xtc_handle *handle) {
      return ip6tc_insert_entry(chain, static_cast<const ip6t_entry *>(entry), position, handle);
    },
    [](const char *chain, const void *entry, xtc_handle *handle) {
      return ip6tc_append_entry(chain, static_cast<const ip6t_entry *>(entry), handle);
    },
    ip6tc_delete_num_entry,
    ip6tc_set_counter,
    ip6tc_create_chain,
    ip6tc_delete_chain,
};

}  // namespace

const LibiptcApi& libiptcApi(Family family) {
  return family == Family::kIpv4 ? kIpv4Api : kIpv6Api;
}

}  // namespace portshift::iptc
