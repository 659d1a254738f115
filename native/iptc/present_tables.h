#pragma once

#include <string>
#include <vector>

#include "common/family.h"

namespace portshift::iptc {

/**
 * The legacy tables that exist in the calling thread's network namespace
 * (/proc/thread-self/net/ip_tables_names). Opening any other table would create it. Throws an Error
 * of kind kOpen.
 */
std::vector<std::string> presentTables(Family family);

}  // namespace portshift::iptc
