#pragma once

#include "util/family.h"

struct xtc_handle;
struct xt_counters;

namespace portshift::iptc {

/**
 * The functions of libip4tc or libip6tc, which differ only in their prefix. Entries are untyped
 * here.
 */
struct LibiptcApi {
  xtc_handle *(*init)(const char *table);
  void (*free)(xtc_handle *handle);
  int (*commit)(xtc_handle *handle);
  const char *(*first_chain)(xtc_handle *handle);
  const char *(*next_chain)(xtc_handle *handle);
  int (*is_chain)(const char *chain, xtc_handle *handle);
  int (*builtin)(const char *chain, xtc_handle *handle);
  const char *(*get_policy)(const char *chain, xt_counters *counters, xtc_handle *handle);
  int (*set_policy)(const char *chain, const char *policy, xt_counters *counters,
                    xtc_handle *handle);
  const void *(*first_rule)(const char *chain, xtc_handle *handle);
  const void *(*next_rule)(const void *previous, xtc_handle *handle);
  const char *(*get_target)(const void *entry, xtc_handle *handle);
  int (*insert_entry)(const char *chain, const void *entry, unsigned int position,
                      xtc_handle *handle);
  int (*append_entry)(const char *chain, const void *entry, xtc_handle *handle);
  int (*delete_num_entry)(const char *chain, unsigned int position, xtc_handle *handle);
  /** Sets the counters of a rule; here the first rule has position 1. */
  int (*set_counter)(const char *chain, unsigned int position, xt_counters *counters,
                     xtc_handle *handle);
  int (*create_chain)(const char *chain, xtc_handle *handle);
  int (*delete_chain)(const char *chain, xtc_handle *handle);
};

const LibiptcApi& libiptcApi(Family family);

}  // namespace portshift::iptc
